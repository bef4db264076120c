namespace Mimus.Cli.Qemu;

/// <summary>What programs that look for QEMU are told.</summary>
internal static class QemuIdentity
{
    /// <summary>The version whose command line is spoken.</summary>
    public const string Spoken = "10.0.0";

    public static string FirstLine => $"QEMU emulator version {Spoken} (Mimus {ProductVersion.Text})";

    public static string Text => FirstLine + "\nMimus, a machine emulator of its own, speaks QEMU's command line.\n";
}
