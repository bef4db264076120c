using System.Globalization;
using System.Text;
using Mimus.Core.Cpus;

namespace Mimus.Control.Gdb;

/// <summary>
/// The XML that tells the debugger which registers there are (Debugging with GDB, appendix "Target Descriptions"): one
/// document that names the features, and one for each feature.
/// </summary>
internal sealed class TargetDescription
{
    private const string Prologue = "<?xml version=\"1.0\"?>";

    private readonly Dictionary<string, byte[]> _documents = [];
    private readonly Dictionary<int, DebugRegister> _registers = [];

    public TargetDescription(ICpuDebug cpu)
    {
        var target = new StringBuilder(Prologue).Append("<!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">");
        target.Append(CultureInfo.InvariantCulture, $"<architecture>{Quote(cpu.Architecture)}</architecture>");
        foreach (var feature in cpu.Features)
        {
            var name = feature.Name.Replace("org.gnu.gdb.", "", StringComparison.Ordinal).Replace('.', '-') + ".xml";
            target.Append(CultureInfo.InvariantCulture, $"<xi:include href=\"{Quote(name)}\"/>");
            _documents.Add(name, Encoding.UTF8.GetBytes(Describe(feature)));
            foreach (var register in feature.Registers) _registers.Add(register.Number, register);
        }
        _documents.Add("target.xml", Encoding.UTF8.GetBytes(target.Append("</target>").ToString()));
        General = cpu.Features[0].Registers;
    }

    /// <summary>The registers that are read and written all at once: those of the first feature, which holds the basic ones.</summary>
    public IReadOnlyList<DebugRegister> General { get; }

    public bool TryDocument(string name, out ReadOnlyMemory<byte> document)
    {
        var found = _documents.TryGetValue(name, out var bytes);
        document = bytes;
        return found;
    }

    public bool TryRegister(ulong number, out DebugRegister register)
    {
        register = null!;
        return number <= int.MaxValue && _registers.TryGetValue((int)number, out register!);
    }

    private static string Describe(DebugFeature feature)
    {
        var text = new StringBuilder(Prologue).Append("<!DOCTYPE feature SYSTEM \"gdb-target.dtd\">");
        text.Append(CultureInfo.InvariantCulture, $"<feature name=\"{Quote(feature.Name)}\">").Append(feature.Types);
        foreach (var r in feature.Registers)
        {
            text.Append(CultureInfo.InvariantCulture, $"<reg name=\"{Quote(r.Name)}\" bitsize=\"{r.Bits}\" regnum=\"{r.Number}\" type=\"{Quote(r.Type)}\"");
            if (r.Group is { } group) text.Append(CultureInfo.InvariantCulture, $" group=\"{Quote(group)}\"");
            text.Append("/>");
        }
        return text.Append("</feature>").ToString();
    }

    private static string Quote(string text) => System.Security.SecurityElement.Escape(text);
}
