using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.Smbios;

/// <summary>A structure of SMBIOS (DMTF DSP0134 3.6, 6.1): a formatted part, and strings behind it that it numbers.</summary>
internal sealed class SmbiosRecord(byte type, ushort handle, int length)
{
    private readonly byte[] _formatted = Start(type, handle, length);
    private readonly List<string> _strings = [];

    public SmbiosRecord Set(int offset, int width, ulong value)
    {
        for (var i = 0; i < width; i++) _formatted[offset + i] = (byte)(value >> (8 * i));
        return this;
    }

    public SmbiosRecord Bytes(int offset, ReadOnlySpan<byte> value)
    {
        value.CopyTo(_formatted.AsSpan(offset));
        return this;
    }

    /// <summary>Sets a field to a string; without one it stays 0, which is no string.</summary>
    public SmbiosRecord Text(int offset, string? value)
    {
        if (string.IsNullOrEmpty(value)) return this;
        _strings.Add(value);
        return Set(offset, 1, (ulong)_strings.Count);
    }

    public byte[] ToArray() => [.. _formatted, .. Encoding.UTF8.GetBytes(_strings.Count == 0 ? "\0\0" : string.Concat(_strings.Select(s => s + "\0")) + "\0")];

    private static byte[] Start(byte type, ushort handle, int length)
    {
        var bytes = new byte[length];
        bytes[0] = type;
        bytes[1] = (byte)length;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), handle);
        return bytes;
    }
}
