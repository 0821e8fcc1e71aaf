namespace Ptt.Web.Ui;

/// <summary>One line of a plot. <paramref name="Kind"/> names its colour in <c>app.css</c>.</summary>
public sealed record Series(string Name, string Kind, IReadOnlyList<double> Values);
