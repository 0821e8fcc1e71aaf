namespace Ptt.Web.Queue.Spooling;

/// <summary>What kind of change a commit made.</summary>
internal enum SpoolChange
{
    Added,
    Settled,
    Altered,
}
