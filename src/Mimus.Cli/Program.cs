using System.Runtime.CompilerServices;
using Mimus.Cli.Modern;
using Mimus.Cli.Qemu;

namespace Mimus.Cli;

/// <summary>The entry of the command: QEMU's dialect when a launcher asks for it, else the modern commands.</summary>
internal static class Program
{
    /// <summary>The launchers <c>bin/mimus-system-ARCH</c> pass this first, with the architecture behind it.</summary>
    private const string SystemDialect = "--as=system-";

    /// <summary>The launcher <c>bin/mimus-img</c> passes this first.</summary>
    private const string ImageDialect = "--as=img";

    public static int Main(string[] arguments) =>
        arguments is [ImageDialect, ..] ? Images.ImageFrontEnd.Run(arguments.AsSpan(1))
        : arguments.Length > 0 && arguments[0].StartsWith(SystemDialect, StringComparison.Ordinal)
        ? QemuFrontEnd.Run(arguments[0][SystemDialect.Length..], arguments.AsSpan(1))
        : Modern(arguments);

    /// <summary>Apart, so that the other dialect does not load the command-line library.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Modern(string[] arguments) => ModernFrontEnd.Run(arguments);
}
