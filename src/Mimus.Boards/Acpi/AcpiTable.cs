using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.Acpi;

/// <summary>A table that is being written, with the header that all have (ACPI 6.5, 5.2.6). Its checksum is set when it is placed.</summary>
internal sealed class AcpiTable
{
    public const int HeaderLength = 36, ChecksumOffset = 9;

    private const int LengthOffset = 4, RevisionOffset = 8;
    private static readonly byte[] s_maker = [.. "MIMUS "u8, .. "MIMUSPC "u8, 1, 0, 0, 0, .. "MIMU"u8, 1, 0, 0, 0];

    private byte[] _bytes;

    /// <param name="signature">Four characters.</param>
    /// <param name="revision">The revision of its layout.</param>
    /// <param name="length">How long it is, of what is not appended.</param>
    public AcpiTable(string signature, byte revision, int length = HeaderLength)
    {
        _bytes = new byte[length];
        Encoding.ASCII.GetBytes(signature, _bytes);
        _bytes[RevisionOffset] = revision;
        s_maker.CopyTo(_bytes, ChecksumOffset + 1);
    }

    public int Length => _bytes.Length;

    /// <summary>The table without its checksum.</summary>
    public byte[] ToArray()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(LengthOffset), _bytes.Length);
        return _bytes;
    }

    /// <summary>Sets a field of 1, 2, 4 or 8 bytes.</summary>
    public AcpiTable Set(int offset, int width, ulong value)
    {
        for (var i = 0; i < width; i++) _bytes[offset + i] = (byte)(value >> (8 * i));
        return this;
    }

    /// <summary>Sets a field that says where registers are (5.2.3.2, generic address structure).</summary>
    public AcpiTable SetAddress(int offset, bool isPort, int bits, ulong address) =>
        Set(offset, 1, isPort ? 1u : 0).Set(offset + 1, 1, (ulong)bits).Set(offset + 4, sizeof(ulong), address);

    public AcpiTable Append(params ReadOnlySpan<byte> contents)
    {
        _bytes = [.. _bytes, .. contents];
        return this;
    }

    /// <summary>Appends a number of 2, 4 or 8 bytes.</summary>
    public AcpiTable AppendNumber(int width, ulong value)
    {
        var at = _bytes.Length;
        _bytes = [.. _bytes, .. new byte[width]];
        return Set(at, width, value);
    }
}
