using Mimus.Devices.Timers;

namespace Mimus.Devices.Firmware;

/// <summary>
/// What the firmware of a PC finds in the CMOS memory about the machine's memory (the AT's bytes 15h to 18h and 30h to 31h, and
/// those that firmware for virtual machines reads beyond: 34h to 35h and 5Bh to 5Dh).
/// </summary>
public static class CmosMemorySizes
{
    private const ulong KiB = 1 << 10, MiB = 1 << 20, Granule = 64 * KiB;

    // Sizes, low byte first
    private const int Base = 0x15;              // KiB below 640 KiB
    private const int Extended = 0x17, ExtendedCopy = 0x30; // KiB above 1 MiB
    private const int Above16MiB = 0x34;        // 64 KiB units, below 4 GiB
    private const int Above4GiB = 0x5b;         // 64 KiB units

    /// <param name="clock">Where the bytes are kept.</param>
    /// <param name="below4GiB">Bytes of memory from address 0 up to the devices below 4 GiB.</param>
    /// <param name="above4GiB">Bytes of memory from 4 GiB upwards.</param>
    public static void Store(CmosClock clock, ulong below4GiB, ulong above4GiB)
    {
        Store(clock, Base, 2, Math.Min(below4GiB, 640 * KiB) / KiB);
        var extended = Math.Min(Above(below4GiB, 1 * MiB) / KiB, ushort.MaxValue);
        Store(clock, Extended, 2, extended);
        Store(clock, ExtendedCopy, 2, extended);
        Store(clock, Above16MiB, 2, Math.Min(Above(below4GiB, 16 * MiB) / Granule, ushort.MaxValue));
        Store(clock, Above4GiB, 3, Math.Min(above4GiB / Granule, 0xffffff));
    }

    private static ulong Above(ulong size, ulong limit) => size > limit ? size - limit : 0;

    private static void Store(CmosClock clock, int index, int length, ulong value)
    {
        for (var i = 0; i < length; i++) clock.Store(index + i, (byte)(value >> (8 * i)));
    }
}
