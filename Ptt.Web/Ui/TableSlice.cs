namespace Ptt.Web.Ui;

/// <summary>The rows of one page of a list that counts its rows; <paramref name="Next"/> is null on the last.</summary>
public sealed record TableSlice<T>(IReadOnlyList<T> Rows, string? Next, int Total)
{
    public static readonly TableSlice<T> Empty = new([], null, 0);
}
