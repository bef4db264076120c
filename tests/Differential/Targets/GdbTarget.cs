using System.Buffers.Binary;
using System.Globalization;
using System.Xml.Linq;
using Mimus.TestSupport.RiscV;

namespace Mimus.Differential.Tests.Targets;

/// <summary>A hart behind any gdb stub that describes its registers and lets physical memory be written.</summary>
internal class GdbTarget : IRiscVTarget
{
    private const int ChunkSize = 1024;
    private const int Patience = 5_000;

    private readonly GdbClient _client;
    private readonly Dictionary<string, int> _numbers = [];
    private readonly Dictionary<string, int> _hexDigits = [];
    private ulong? _breakpoint;

    public GdbTarget(string name, string socketPath)
    {
        Name = name;
        _client = GdbClient.Connect(socketPath);
        ReadDescription();
        // Step through interrupts too; stubs that have no such setting have no such restriction.
        if (_client.Request("qqemu.sstepbits").StartsWith("ENABLE=1", StringComparison.Ordinal)) _client.Demand("Qqemu.sstep=1");
        _client.Demand("Qqemu.PhyMemMode:1");
    }

    public string Name { get; }

    public void SetState(RiscVSnapshot state)
    {
        // Machine mode first: a stub may check a register against the mode.
        _client.Demand([
            Write("priv", 3),
            .. state.X.Select((x, i) => $"P{i:x}={Hex(x)}").Skip(1),
            Write("pc", state.Pc),
            .. state.F.Select((f, i) => $"P{_numbers["f0"] + i:x}={Hex(f)}"),
            .. ComparedCsr.All.Select((csr, i) => Write(csr.Name, state.Csrs[i])),
            Write("priv", state.Privilege),
        ]);
    }

    public RiscVSnapshot GetState()
    {
        var state = new RiscVSnapshot();
        string[] requests =
        [
            "g", Read("priv"),
            .. Enumerable.Range(0, 32).Select(i => $"p{_numbers["f0"] + i:x}"),
            .. ComparedCsr.All.Select(csr => Read(csr.Name)),
        ];
        var answers = _client.Request(requests);
        for (var i = 0; i < 32; i++) state.X[i] = Number(answers[0].AsSpan(16 * i));
        state.Pc = Number(answers[0].AsSpan(16 * 32));
        state.Privilege = Number(answers[1]);
        for (var i = 0; i < 32; i++) state.F[i] = Number(answers[2 + i]);
        for (var i = 0; i < state.Csrs.Length; i++)
        {
            // QEMU shows some registers, such as satp under TVM, only where the mode may see them.
            state.Known[i] = !answers[34 + i].StartsWith('E');
            if (state.Known[i]) state.Csrs[i] = Number(answers[34 + i]);
        }
        return state;
    }

    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        var packets = new List<string>();
        for (var at = 0; at < data.Length; at += ChunkSize)
        {
            var part = data.Slice(at, Math.Min(ChunkSize, data.Length - at));
            packets.Add(string.Create(CultureInfo.InvariantCulture, $"M{address + (ulong)at:x},{part.Length:x}:") + Convert.ToHexStringLower(part));
        }
        _client.Demand(packets);
    }

    public void Read(ulong address, Span<byte> data)
    {
        var packets = new List<string>();
        for (var at = 0; at < data.Length; at += ChunkSize)
            packets.Add(string.Create(CultureInfo.InvariantCulture, $"m{address + (ulong)at:x},{Math.Min(ChunkSize, data.Length - at):x}"));
        var position = 0;
        foreach (var answer in _client.Request(packets))
        {
            Convert.FromHexString(answer, data[position..], out _, out var written);
            position += written;
        }
        if (position != data.Length) throw new InvalidOperationException($"{Name} cannot read memory at 0x{address:x}");
    }

    public bool Run(ulong stopAt)
    {
        if (_breakpoint != stopAt)
        {
            if (_breakpoint is { } old) _client.Demand(string.Create(CultureInfo.InvariantCulture, $"z0,{old:x},4"));
            _client.Demand(string.Create(CultureInfo.InvariantCulture, $"Z0,{stopAt:x},4"));
            _breakpoint = stopAt;
        }
        if (_client.WaitForStop("vCont;c", Patience) is null)
        {
            _client.Interrupt();
            return false;
        }
        return Number(_client.Request("g").AsSpan(16 * 32)) == stopAt;
    }

    public void Step()
    {
        if (_client.WaitForStop("vCont;s", Patience) is null) _client.Interrupt();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _client.Dispose();
    }

    private static string Hex(ulong value) => BinaryPrimitives.ReverseEndianness(value).ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Number(ReadOnlySpan<char> hex)
    {
        var digits = hex.Length < 16 ? hex : hex[..16];
        return ulong.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bigEndian)
            ? BinaryPrimitives.ReverseEndianness(bigEndian << (64 - (4 * digits.Length)))
            : throw new InvalidOperationException($"the stub answers '{digits}' where a register should be");
    }

    private string Write(string register, ulong value) => $"P{_numbers[register]:x}={Hex(value)[.._hexDigits[register]]}";

    private string Read(string register) => $"p{_numbers[register]:x}";

    /// <summary>Register numbers count on from the last one where the description does not say.</summary>
    private void ReadDescription()
    {
        var next = 0;
        Visit(XDocument.Parse(Strip(_client.ReadFeatures("target.xml"))).Root!);
        // gdb's description calls the first floating-point register by its ABI name.
        _numbers["f0"] = _numbers["ft0"];

        void Visit(XElement element)
        {
            foreach (var child in element.Elements())
            {
                switch (child.Name.LocalName)
                {
                    case "include":
                        Visit(XDocument.Parse(Strip(_client.ReadFeatures(child.Attribute("href")!.Value))).Root!);
                        break;
                    case "feature":
                        Visit(child);
                        break;
                    case "reg":
                        if (child.Attribute("regnum") is { } number) next = int.Parse(number.Value, CultureInfo.InvariantCulture);
                        var name = child.Attribute("name")!.Value;
                        _numbers[name] = next++;
                        _hexDigits[name] = int.Parse(child.Attribute("bitsize")!.Value, CultureInfo.InvariantCulture) / 4;
                        break;
                }
            }
        }
    }

    /// <summary>The document type names a file that is not here, and QEMU does not declare the prefix of its inclusions.</summary>
    private static string Strip(string xml)
    {
        xml = xml.Replace("<xi:include", "<include", StringComparison.Ordinal);
        var start = xml.IndexOf("<!DOCTYPE", StringComparison.Ordinal);
        return start < 0 ? xml : xml.Remove(start, xml.IndexOf('>', start) + 1 - start);
    }
}
