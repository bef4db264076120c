using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Mimus.Control.Gdb;

/// <summary>Writes one packet to the debugger. An empty packet says that a request is not known.</summary>
internal sealed class PacketWriter
{
    private const byte Escape = (byte)'}', Change = 0x20;

    private readonly ArrayBufferWriter<byte> _packet = new();

    /// <summary>Whether a packet is to be sent: some requests are answered later or never.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>The packet is complete and may be sent again.</summary>
    public bool IsFinished { get; private set; }

    public void Begin()
    {
        _packet.ResetWrittenCount();
        _packet.Write("$"u8);
        IsWanted = true;
        IsFinished = false;
    }

    /// <summary>No packet now.</summary>
    public void Withhold() => IsWanted = false;

    /// <summary>The whole packet as it goes over the wire; the last one is kept until the next begins.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        byte sum = 0;
        foreach (var value in _packet.WrittenSpan[1..]) sum += value;
        _packet.Write("#"u8);
        HexByte(sum);
        IsFinished = true;
        return _packet.WrittenSpan;
    }

    public ReadOnlySpan<byte> Last => _packet.WrittenSpan;

    public PacketWriter Text(string text)
    {
        Encoding.ASCII.GetBytes(text, _packet);
        return this;
    }

    public PacketWriter Number(ulong value) => Text(value.ToString("x", CultureInfo.InvariantCulture));

    public void Ok() => Text("OK");

    public void Fail(GdbError error)
    {
        Begin(); // whatever was written before
        Text("E");
        HexByte((byte)error);
    }

    public PacketWriter Hex(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes) HexByte(value);
        return this;
    }

    /// <summary>A register's value in the order of a little-endian guest's memory.</summary>
    public void HexLittleEndian(ulong value, int bits)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        Hex(bytes[..(bits / 8)]);
    }

    /// <summary>Bytes as they are, but for those that have a meaning in the protocol.</summary>
    public void Binary(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value is (byte)'#' or (byte)'$' or (byte)'}' or (byte)'*') _packet.Write([Escape, (byte)(value ^ Change)]);
            else _packet.Write([value]);
        }
    }

    private void HexByte(byte value)
    {
        var digits = "0123456789abcdef"u8;
        _packet.Write([digits[value >> 4], digits[value & 15]]);
    }
}
