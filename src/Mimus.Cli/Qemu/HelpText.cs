using System.Text;
using Mimus.Boards;
using Mimus.Control.Monitor;

namespace Mimus.Cli.Qemu;

/// <summary>The answers to <c>-help</c> and to <c>help</c> in place of a value, in the shape that scripts look for.</summary>
internal static class HelpText
{
    private const int Column = 16;

    public static string Options(string program)
    {
        var text = new StringBuilder(QemuIdentity.FirstLine).Append('\n');
        text.Append("usage: ").Append(program).Append(" [options] [disk_image]\n\n'disk_image' is a raw image for the first disk\n");
        foreach (var (heading, rows) in OptionTable.Groups)
        {
            text.Append('\n').Append(heading).Append('\n');
            foreach (var row in rows) AppendRow(text, row);
        }
        return text.Append("\nWhile a console is shared (-nographic): Ctrl-A h shows the keys, Ctrl-A x ends the machine.\n").ToString();
    }

    public static string Machines(Architecture architecture) => "Supported machines are:\n" + string.Concat(architecture.Boards.SelectMany(b => Machines(b, b == architecture.DefaultBoard)));

    public static string Cpus(Architecture architecture) => "Available CPUs:\n" + string.Concat(architecture.CpuModels.Order(StringComparer.Ordinal).Select(n => $"  {n}\n"));

    public static string Devices() => string.Concat(DeviceCatalog.All.Select(d => $"name \"{d.Name}\", bus {d.Bus}, desc \"{d.Description}\"\n"))
        + "name \"loader\", desc \"puts a file into memory: file=FILE[,addr=ADDRESS]\"\n";

    public static string Device(DeviceModel model) =>
        $"{model.Name} options:\n" + string.Concat(model.Properties.Select(p => $"  {p}=<value>\n"));

    public static string Accelerators() => "Accelerators supported in this binary:\n" + string.Concat(Accelerator.Names.Select(n => n + "\n"));

    public static string LogNames() => "Log items (comma separated):\n" + string.Concat(LogItemNames.All.Select(i => $"{i.Name,-15} {i.Help}\n"));

    /// <summary>A board, and the names of its versions, of which its own stands for the newest.</summary>
    private static IEnumerable<string> Machines(IBoard board, bool isDefault)
    {
        var mark = isDefault ? " (default)" : "";
        if (board.VersionedNames is not [var newest, ..])
        {
            yield return Machine(board.Name, board.Description + mark);
            yield break;
        }
        yield return Machine(board.Name, $"{board.Description} (alias of {newest})");
        foreach (var name in board.VersionedNames) yield return Machine(name, board.Description + (name == newest ? mark : ""));
    }

    private static string Machine(string name, string description) => $"{name,-20} {description}\n";

    private static void AppendRow(StringBuilder text, OptionRow row)
    {
        var head = $"-{row.Name}{(row.Argument.Length > 0 ? " " : "")}{row.Argument}";
        text.Append(head);
        if (head.Length >= Column) text.Append('\n').Append(' ', Column);
        else text.Append(' ', Column - head.Length);
        text.Append(row.Help).Append('\n');
    }
}
