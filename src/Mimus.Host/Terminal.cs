namespace Mimus.Host;

/// <summary>The terminal on a standard descriptor: whether there is one, raw mode, and plain reads and writes.</summary>
public static unsafe class Terminal
{
    public const int StandardInput = 0, StandardOutput = 1, StandardError = 2;

    private const int Now = 0, AfterOutput = 1;

    private const nuint AskForSize = 0x5413; // TIOCGWINSZ (asm-generic/ioctls.h)

    // termios flags of Linux (asm-generic/termbits.h).
    private const uint InputBreakInterrupt = 0x2, InputStrip = 0x20, InputNewlineToReturn = 0x40, InputIgnoreReturn = 0x80,
        InputReturnToNewline = 0x100, InputFlowControl = 0x400, InputParityMark = 0x8;
    private const uint LocalSignals = 0x1, LocalCanonical = 0x2, LocalEcho = 0x8, LocalEchoNewline = 0x40, LocalExtended = 0x8000;

    public static bool IsTerminal(int fd) => LibC.IsTerminal(fd) == 1;

    /// <summary>
    /// Passes every key to the program as it is typed; disposing the result restores the terminal. Null where there is no terminal.
    /// </summary>
    /// <param name="fd">The terminal.</param>
    /// <param name="keepSignals">Keys such as Ctrl-C go on sending signals.</param>
    public static IDisposable? EnterRawMode(int fd, bool keepSignals = false)
    {
        LibC.TerminalAttributes saved;
        if (!IsTerminal(fd) || LibC.GetTerminalAttributes(fd, &saved) != 0) return null;
        var raw = saved;
        raw.Input &= ~(InputBreakInterrupt | InputStrip | InputNewlineToReturn | InputIgnoreReturn | InputReturnToNewline
            | InputFlowControl | InputParityMark);
        raw.Local &= ~(LocalCanonical | LocalEcho | LocalEchoNewline | LocalExtended);
        if (!keepSignals) raw.Local &= ~LocalSignals;
        return LibC.SetTerminalAttributes(fd, Now, &raw) == 0 ? new Restorer(fd, saved) : null;
    }

    /// <summary>How many characters the terminal shows now; null where there is no terminal, or one that does not know.</summary>
    public static (int Columns, int Rows)? Size(int fd)
    {
        LibC.WindowSize size;
        return LibC.GetWindowSize(fd, AskForSize, &size) == 0 && size is { Columns: > 0, Rows: > 0 } ? (size.Columns, size.Rows) : null;
    }

    /// <summary>Waits for input and reads what is there; 0 at its end, and when the descriptor cannot be read.</summary>
    public static int Read(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            while (true)
            {
                var count = LibC.Read(fd, p, (nuint)buffer.Length);
                if (count >= 0) return (int)count;
                if (!WaitAfterError(fd, LibC.PollIn)) return 0;
            }
        }
    }

    /// <summary>Writes everything; false when nobody reads the other end any more.</summary>
    public static bool Write(int fd, ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            for (var sent = 0; sent < data.Length;)
            {
                var count = LibC.Write(fd, start + sent, (nuint)(data.Length - sent));
                if (count > 0) sent += (int)count;
                else if (!WaitAfterError(fd, LibC.PollOut)) return false;
            }
        }
        return true;
    }

    /// <summary>After a failed call: whether to try it again. Somebody else may have made the descriptor non-blocking.</summary>
    private static bool WaitAfterError(int fd, short events)
    {
        switch (LibC.LastError)
        {
            case LibC.ErrnoInterrupted:
                return true;
            case LibC.ErrnoAgain:
                var request = new LibC.PollRequest { Descriptor = fd, Events = events };
                return LibC.Poll(&request, 1, -1) >= 0 || LibC.LastError == LibC.ErrnoInterrupted;
            default:
                return false;
        }
    }

    private sealed class Restorer(int fd, LibC.TerminalAttributes saved) : IDisposable
    {
        private int _done;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _done, 1) != 0) return;
            var attributes = saved;
            _ = LibC.SetTerminalAttributes(fd, AfterOutput, &attributes);
        }
    }
}
