using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.Acpi;

/// <summary>Writes ACPI Machine Language (ACPI 6.5, chapter 20): names, devices and data, as far as descriptions of boards need them.</summary>
internal sealed class AmlWriter
{
    private const byte NameOp = 0x08, ScopeOp = 0x10, BufferOp = 0x11, PackageOp = 0x12, Extended = 0x5b, DeviceOp = 0x82;
    private const byte BytePrefix = 0x0a, WordPrefix = 0x0b, DwordPrefix = 0x0c, StringPrefix = 0x0d, QwordPrefix = 0x0e;
    private const byte RootPrefix = (byte)'\\', DualPrefix = 0x2e, MultiPrefix = 0x2f;
    private const int SegmentLength = 4;

    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public AmlWriter Scope(string path, Action<AmlWriter> body) => Block([ScopeOp], path, body);

    public AmlWriter Device(string name, Action<AmlWriter> body) => Block([Extended, DeviceOp], name, body);

    /// <summary>A name for data that the static methods make.</summary>
    public AmlWriter Name(string name, byte[] data)
    {
        _bytes.Add(NameOp);
        _bytes.AddRange(Path(name));
        _bytes.AddRange(data);
        return this;
    }

    public static byte[] Integer(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return value switch
        {
            <= 1 => [(byte)value], // ZeroOp and OneOp
            <= byte.MaxValue => [BytePrefix, .. bytes[..1]],
            <= ushort.MaxValue => [WordPrefix, .. bytes[..2]],
            <= uint.MaxValue => [DwordPrefix, .. bytes[..4]],
            _ => [QwordPrefix, .. bytes],
        };
    }

    public static byte[] Text(string value) => [StringPrefix, .. Encoding.ASCII.GetBytes(value), 0];

    /// <summary>A name of the form <c>PNP0A03</c>, compressed (19.3.4, EISAID).</summary>
    public static byte[] EisaId(string id)
    {
        var letters = ((id[0] - '@') << 10) | ((id[1] - '@') << 5) | (id[2] - '@');
        var number = Convert.FromHexString(id.AsSpan(3));
        return [DwordPrefix, (byte)(letters >> 8), (byte)letters, .. number];
    }

    public static byte[] Package(params ReadOnlySpan<byte[]> elements)
    {
        var body = new List<byte> { (byte)elements.Length };
        foreach (var element in elements) body.AddRange(element);
        return [PackageOp, .. Length(body.Count), .. body];
    }

    public static byte[] Buffer(byte[] contents)
    {
        byte[] body = [.. Integer((ulong)contents.Length), .. contents];
        return [BufferOp, .. Length(body.Length), .. body];
    }

    private AmlWriter Block(ReadOnlySpan<byte> operation, string name, Action<AmlWriter> body)
    {
        var inner = new AmlWriter();
        inner._bytes.AddRange(Path(name));
        body(inner);
        _bytes.AddRange(operation);
        _bytes.AddRange(Length(inner._bytes.Count));
        _bytes.AddRange(inner._bytes);
        return this;
    }

    /// <summary>The length of what follows, which counts itself (20.2.4).</summary>
    private static byte[] Length(int following)
    {
        if (following + 1 < 1 << 6) return [(byte)(following + 1)];
        for (var extra = 1; ; extra++)
        {
            var total = following + 1 + extra;
            if (total >= 1 << (4 + (8 * extra))) continue;
            var bytes = new byte[1 + extra];
            bytes[0] = (byte)((extra << 6) | (total & 15));
            for (var i = 0; i < extra; i++) bytes[1 + i] = (byte)(total >> (4 + (8 * i)));
            return bytes;
        }
    }

    /// <summary>A path such as <c>\_SB.PCI0</c> (20.2.2).</summary>
    private static byte[] Path(string path)
    {
        var isAbsolute = path.StartsWith('\\');
        var segments = path.TrimStart('\\').Split('.', StringSplitOptions.RemoveEmptyEntries);
        byte[] prefix = segments.Length switch { 0 => [0], 1 => [], 2 => [DualPrefix], _ => [MultiPrefix, (byte)segments.Length] };
        var names = string.Concat(segments.Select(s => s.PadRight(SegmentLength, '_')));
        return [.. isAbsolute ? new[] { RootPrefix } : [], .. prefix, .. Encoding.ASCII.GetBytes(names)];
    }
}
