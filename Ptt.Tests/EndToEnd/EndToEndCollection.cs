namespace Ptt.Tests.EndToEnd;

/// <summary>Whole processes under load: one after another, or they would measure each other.</summary>
[CollectionDefinition(Name)]
public sealed class EndToEndCollection
{
    public const string Name = "End to end";
}
