using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>Tables of 64-bit big-endian entries between file and memory.</summary>
internal static class Tables
{
    public static ulong[] Read(IImageFile file, long offset, int entries)
    {
        var table = new ulong[entries];
        file.Read(offset, MemoryMarshal.AsBytes(table.AsSpan()));
        BinaryPrimitives.ReverseEndianness(table, table);
        return table;
    }

    public static void Write(IImageFile file, long offset, ReadOnlySpan<ulong> table, int first, int count)
    {
        var part = new ulong[count];
        BinaryPrimitives.ReverseEndianness(table.Slice(first, count), part);
        file.Write(offset + (first * 8L), MemoryMarshal.AsBytes(part.AsSpan()));
    }
}
