using Mimus.Core.Backends;
using Mimus.Devices.Timers;

namespace Mimus.Boards.Pc;

/// <summary>What firmware reads in CMOS memory, beside the sizes of memory: what drives there are, and from which to start.</summary>
internal sealed class CmosMap(CmosClock clock)
{
    private const int Floppies = 0x10, Equipment = 0x14, BootFlags = 0x38, DiskTranslation = 0x39, BootOrder = 0x3d;

    private const byte HighDensity = 4; // 1.44 MB
    private const byte EquipmentWithFloppy = 0x07; // and a display, a mouse and a coprocessor

    // How drives with many cylinders are shown to 16-bit programs, two bits for each
    private const int Translated = 1, TranslationBits = 2;
    private const long LongestUntranslated = 1024L * 16 * 63 * 512;

    // The boot order's numbers, by QEMU's letters
    private const string Letters = "acdn";
    private const string StandardOrder = "cad";
    private const int Nibble = 4, MaximumDevices = 3;

    private byte _floppies, _translation;

    public void AddFloppy(int unit)
    {
        _floppies |= (byte)(HighDensity << (unit == 0 ? Nibble : 0));
        clock.Store(Floppies, _floppies);
        clock.Store(Equipment, EquipmentWithFloppy);
    }

    public void AddDisk(int place, IDisk disk)
    {
        if (disk.Length <= LongestUntranslated) return;
        _translation |= (byte)(Translated << (place * TranslationBits));
        clock.Store(DiskTranslation, _translation);
    }

    /// <summary>From what to start: <c>a</c> diskette, <c>c</c> disk, <c>d</c> CD, <c>n</c> network, in an order.</summary>
    public void SetBootOrder(string? order)
    {
        var packed = 0;
        foreach (var (letter, i) in (order ?? StandardOrder).Take(MaximumDevices).Select((l, i) => (l, i)))
        {
            var number = Letters.IndexOf(letter, StringComparison.Ordinal) + 1;
            if (number == 0) throw new ConfigurationException($"boot order '{order}' has '{letter}', which is no device: it has a (diskette), c (disk), d (CD) and n (network)");
            packed |= number << (i * Nibble);
        }
        clock.Store(BootOrder, (byte)packed);
        clock.Store(BootFlags, (byte)(packed >> (2 * Nibble) << Nibble));
    }
}
