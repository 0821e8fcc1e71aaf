using System.Text;

namespace Ptt.Web.Users.Import;

/// <summary>Rows of a file (RFC 4180), with what spreadsheets make of it: a byte order mark, semicolons instead of commas, bare line ends.</summary>
internal static class CsvReader
{
    /// <summary>Each row with the line it begins on; empty rows are left out. Null where a quoted cell has no end.</summary>
    public static List<CsvRow>? Read(string text)
    {
        text = text.TrimStart('\uFEFF');
        char comma = Separator(text);
        List<CsvRow> rows = [];
        List<string> cells = [];
        var cell = new StringBuilder();
        int line = 1, begins = 1;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            line += c == '\n' ? 1 : 0;
            if (quoted)
            {
                bool doubled = c == '"' && i + 1 < text.Length && text[i + 1] == '"';
                quoted = c != '"' || doubled;
                if (quoted)
                {
                    cell.Append(c);
                }

                i += doubled ? 1 : 0;
            }
            else if (c == '"' && cell.Length == 0)
            {
                quoted = true;
            }
            else if (c == comma)
            {
                Cell();
            }
            else if (c == '\n')
            {
                Row();
            }
            else if (c != '\r')
            {
                cell.Append(c);
            }
        }

        Row();
        return quoted ? null : rows;

        void Cell()
        {
            cells.Add(cell.ToString().Trim());
            cell.Clear();
        }

        void Row()
        {
            Cell();
            if (cells.Exists(c => c.Length > 0))
            {
                rows.Add(new CsvRow(begins, cells));
            }

            (cells, begins) = ([], line);
        }
    }

    private static char Separator(string text)
    {
        string header = text.Split('\n', 2)[0];
        return header.Count(c => c == ';') > header.Count(c => c == ',') ? ';' : header.Contains('\t', StringComparison.Ordinal) && !header.Contains(',', StringComparison.Ordinal) ? '\t' : ',';
    }
}

internal sealed record CsvRow(int Line, IReadOnlyList<string> Cells);
