namespace Mimus.Devices.Interrupts;

/// <summary>One interrupt on its way to local APICs (Intel SDM volume 3, 12.6 and 13.11).</summary>
/// <param name="Destination">An APIC ID or a logical destination; <see cref="Everybody"/> is a broadcast.</param>
/// <param name="IsLogical">Whether the destination is a logical one.</param>
/// <param name="Mode">What it does.</param>
/// <param name="Vector">The interrupt's number, or the page in which a processor begins.</param>
/// <param name="IsLevel">Whether the end of the interrupt must be broadcast.</param>
public readonly record struct ApicMessage(uint Destination, bool IsLogical, DeliveryMode Mode, byte Vector, bool IsLevel)
{
    /// <summary>The destination of a broadcast.</summary>
    public const uint Everybody = uint.MaxValue;

    private const uint ByteBroadcast = 0xff;

    // MSI address (13.11.1)
    private const ulong AddressPrefixMask = 0xfff0_0000, AddressPrefix = 0xfee0_0000;
    private const int AddressDestinationShift = 12;
    private const ulong AddressRedirectionHint = 0x8, AddressLogical = 0x4;

    // MSI data (13.11.2)
    private const int DataModeShift = 8;
    private const uint DataLevel = 0x8000, DataAssert = 0x4000;

    /// <summary>What 8 bits name: all ones are everybody.</summary>
    public static uint FromByte(uint destination) => destination == ByteBroadcast ? Everybody : destination;

    /// <summary>Understands a message-signalled interrupt; false for a write that is none.</summary>
    public static bool TryDecode(ulong address, uint data, out ApicMessage message)
    {
        message = default;
        if ((address & ~0xffffful & (AddressPrefixMask | ~(ulong)uint.MaxValue)) != AddressPrefix) return false;
        var mode = (DeliveryMode)((data >> DataModeShift) & 7);
        var level = (data & DataLevel) != 0;
        if (level && (data & DataAssert) == 0) return false; // the end of a level is no interrupt
        // With the hint, one of the logical destinations is enough.
        if (mode == DeliveryMode.Fixed && (address & (AddressRedirectionHint | AddressLogical)) == (AddressRedirectionHint | AddressLogical))
            mode = DeliveryMode.LowestPriority;
        message = new ApicMessage(FromByte((uint)(address >> AddressDestinationShift) & 0xff), (address & AddressLogical) != 0, mode,
        (byte)data, level);
        return true;
    }
}
