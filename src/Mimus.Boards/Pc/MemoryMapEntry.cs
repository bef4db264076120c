using System.Buffers.Binary;
using Mimus.Core.Memory;

namespace Mimus.Boards.Pc;

/// <summary>A range of addresses as firmware tells operating systems of it (ACPI 6.5, chapter 15: E820).</summary>
internal readonly record struct MemoryMapEntry(ulong Start, ulong Length, uint Kind)
{
    /// <summary>The kinds (table 15.1).</summary>
    public const uint Usable = 1, Reserved = 2;

    /// <summary>How many bytes an entry of a list has.</summary>
    public const int Size = 20;

    /// <summary>The memory that there is, apart from what the PC's own map cuts out of it.</summary>
    public static IReadOnlyList<MemoryMapEntry> All(ulong belowFourGiB, ulong aboveFourGiB) => [new(0, belowFourGiB, Usable), .. High(aboveFourGiB)];

    /// <summary>The same as a BIOS tells of it: without the holes below 1 MiB, and with addresses that the chip set has taken.</summary>
    public static IReadOnlyList<MemoryMapEntry> OfPc(ulong belowFourGiB, ulong aboveFourGiB, AddressRange? taken = null) =>
    [
        new(0, PcLayout.ExtendedBiosData, Usable),
        new(PcLayout.ExtendedBiosData, PcLayout.Screen - PcLayout.ExtendedBiosData, Reserved),
        new(PcLayout.LowFirmware, PcLayout.RomsEnd - PcLayout.LowFirmware, Reserved),
        new(PcLayout.RomsEnd, belowFourGiB - PcLayout.RomsEnd, Usable),
        .. taken is { } range ? new MemoryMapEntry[] { new(range.Start, range.Length, Reserved) } : [],
        .. High(aboveFourGiB),
    ];

    private static MemoryMapEntry[] High(ulong length) => length == 0 ? [] : [new(PcLayout.FourGiB, length, Usable)];

    /// <summary>A list in the form of the BIOS call, with bytes before and after each entry left clear.</summary>
    public static byte[] ToBytes(IReadOnlyList<MemoryMapEntry> entries, int before = 0, int after = 0)
    {
        var stride = before + Size + after;
        var list = new byte[entries.Count * stride];
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = list.AsSpan((i * stride) + before);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, entries[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], entries[i].Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], entries[i].Kind);
        }
        return list;
    }
}
