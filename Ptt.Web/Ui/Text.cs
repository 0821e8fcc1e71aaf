namespace Ptt.Web.Ui;

/// <summary>Names the texts of the pages. The key is the English text itself; other languages lie beside this file (<c>Text.fr.json</c>).</summary>
public sealed class Text;
