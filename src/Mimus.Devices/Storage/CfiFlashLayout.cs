namespace Mimus.Devices.Storage;

/// <summary>Of what chips a flash bank is.</summary>
/// <param name="Chips">How many are side by side.</param>
/// <param name="ChipWidth">How many bytes wide each is: 1 or 2.</param>
/// <param name="SectorSize">What one erase sets to ones: a block of each chip.</param>
/// <param name="IsReadyWhenCleared">The status still shows that the chip is ready after it was cleared, as the data sheet says.</param>
public sealed record CfiFlashLayout(int Chips, int ChipWidth, int SectorSize, bool IsReadyWhenCleared)
{
    /// <summary>Two 16-bit chips on a 32-bit bus.</summary>
    public static CfiFlashLayout Wide { get; } = new(Chips: 2, ChipWidth: 2, SectorSize: 256 << 10, IsReadyWhenCleared: true);

    /// <summary>One 8-bit chip, as firmware of virtual PCs wants it: that a cleared status is 0 is how it tells flash from a ROM.</summary>
    public static CfiFlashLayout Pc { get; } = new(Chips: 1, ChipWidth: 1, SectorSize: 4 << 10, IsReadyWhenCleared: false);

    /// <summary>The bytes that all chips together give at once.</summary>
    public int BankWidth => Chips * ChipWidth;
}
