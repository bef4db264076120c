using System.Runtime.InteropServices;

namespace Mimus.Host;

/// <summary>Makes a system call of another thread return at once with <c>EINTR</c>, by a signal that does nothing else.</summary>
public static unsafe class ThreadInterruption
{
    /// <summary>What an interrupted call gives, see <see cref="DeviceFile.Control"/>.</summary>
    public const int Interrupted = -LibC.ErrnoInterrupted;

    // SIGUSR1: .NET itself uses the first real-time signal, and several of this kind that are pending count as one.
    private const int Signal = 10;

    private static readonly int s_process = Prepare();

    /// <summary>The number of the running thread, for <see cref="Interrupt"/>.</summary>
    public static int CurrentThread => s_process != 0 ? LibC.ThreadId() : 0;

    /// <summary>Interrupts the call that a thread of this process is in; nothing happens where it has ended.</summary>
    public static void Interrupt(int thread) => _ = LibC.SignalThread(s_process, thread, Signal);

    /// <summary>
    /// A signal needs a handler so that it interrupts, and managed code cannot be one. The C library's <c>abs</c> takes a number, touches
    /// nothing and returns: all that is wanted.
    /// </summary>
    private static int Prepare()
    {
        var library = NativeLibrary.Load("libc", typeof(ThreadInterruption).Assembly, null);
        var action = new LibC.SignalAction { Handler = NativeLibrary.GetExport(library, "abs") };
        if (LibC.SetSignalAction(Signal, &action, null) != 0) throw HostException.FromLastError("cannot set a signal's handler");
        return LibC.ProcessId();
    }
}
