namespace Mimus.Devices.Firmware;

/// <summary>In what the power management of chip sets differs.</summary>
/// <param name="GeneralEventBytes">The length of the general-purpose event block: status and enables, half each.</param>
/// <param name="EnableCommand">What the guest writes to the command port to take power management over from the firmware.</param>
/// <param name="DisableCommand">What gives it back.</param>
public sealed record AcpiOptions(int GeneralEventBytes, byte EnableCommand, byte DisableCommand)
{
    /// <summary>The 82371AB's layout.</summary>
    public static AcpiOptions Piix4 { get; } = new(GeneralEventBytes: 4, EnableCommand: 0xf1, DisableCommand: 0xf0);

    /// <summary>The layout of the I/O controller hub 9.</summary>
    public static AcpiOptions Ich9 { get; } = new(GeneralEventBytes: 16, EnableCommand: 0x02, DisableCommand: 0x03);
}
