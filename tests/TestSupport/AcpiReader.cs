using System.Buffers.Binary;
using System.Text;
using Mimus.Core.Memory;

namespace Mimus.TestSupport;

/// <summary>Finds ACPI's tables in guest memory as an operating system does; what is wrong with them is an exception.</summary>
public static class AcpiReader
{
    private const ulong SearchStart = 0xe0000, SearchEnd = 0x100000;

    /// <summary>All tables by their signatures.</summary>
    public static IReadOnlyDictionary<string, byte[]> Read(GuestMemory memory)
    {
        var root = FindRoot(memory);
        Check("root pointer", root.AsSpan(0, 20));
        Check("extended root pointer", root);
        var old = Table(memory, BinaryPrimitives.ReadUInt32LittleEndian(root.AsSpan(16)));
        var extended = Table(memory, BinaryPrimitives.ReadUInt64LittleEndian(root.AsSpan(24)));
        var tables = new Dictionary<string, byte[]> { ["RSDT"] = old, ["XSDT"] = extended };
        if ((old.Length - 36) / 4 != (extended.Length - 36) / 8) throw new FormatException("the two lists have different lengths");
        for (var i = 0; 36 + (i * 4) < old.Length; i++)
        {
            ulong address = BinaryPrimitives.ReadUInt32LittleEndian(old.AsSpan(36 + (i * 4)));
            if (address != BinaryPrimitives.ReadUInt64LittleEndian(extended.AsSpan(36 + (i * 8)))) throw new FormatException("the two lists name different tables");
            var table = Table(memory, address);
            tables.Add(Encoding.ASCII.GetString(table, 0, 4), table);
        }
        var fixedDescription = tables["FACP"];
        tables["DSDT"] = Table(memory, BinaryPrimitives.ReadUInt32LittleEndian(fixedDescription.AsSpan(40)));
        var facs = Bytes(memory, BinaryPrimitives.ReadUInt32LittleEndian(fixedDescription.AsSpan(36)), 64);
        if (!facs.AsSpan(0, 4).SequenceEqual("FACS"u8)) throw new FormatException("there is no FACS where the FADT says");
        tables["FACS"] = facs;
        return tables;
    }

    private static byte[] FindRoot(GuestMemory memory)
    {
        for (var at = SearchStart; at < SearchEnd; at += 16)
        {
            var bytes = Bytes(memory, at, 36);
            if (bytes.AsSpan(0, 8).SequenceEqual("RSD PTR "u8)) return bytes;
        }
        throw new FormatException("there is no root pointer");
    }

    private static byte[] Table(GuestMemory memory, ulong address)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(Bytes(memory, address + 4, 4));
        if (length is < 36 or > 1 << 20) throw new FormatException($"a table at 0x{address:x} has {length} bytes");
        var table = Bytes(memory, address, length);
        Check(Encoding.ASCII.GetString(table, 0, 4), table);
        return table;
    }

    private static byte[] Bytes(GuestMemory memory, ulong address, int length)
    {
        var bytes = new byte[length];
        return memory.TryRead(new GuestAddress(address), bytes) ? bytes : throw new FormatException($"there is no memory at 0x{address:x}");
    }

    private static void Check(string what, ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes) sum += value;
        if (sum != 0) throw new FormatException($"the checksum of the {what} is wrong");
    }
}
