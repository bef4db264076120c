using System.Runtime.InteropServices;

namespace Mimus.Host;

/// <summary>The operating system refused something that the machine needs.</summary>
public sealed class HostException(string message) : Exception(message)
{
    /// <summary>Makes an exception that names the failed act and the system's own reason.</summary>
    internal static HostException FromLastError(string act) => FromError(act, LibC.LastError);

    /// <summary>The same for an error that was given by its number.</summary>
    public static HostException FromError(string act, int error) => new($"{act}: {Marshal.GetPInvokeErrorMessage(error)}");
}
