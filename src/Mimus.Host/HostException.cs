using System.Runtime.InteropServices;

namespace Mimus.Host;

/// <summary>The operating system refused something that the machine needs.</summary>
public sealed class HostException(string message) : Exception(message)
{
    /// <summary>Makes an exception that names the failed act and the system's own reason.</summary>
    internal static HostException FromLastError(string act) =>
        new($"{act}: {Marshal.GetPInvokeErrorMessage(LibC.LastError)}");
}
