namespace Mimus.Host;

/// <summary>Waits for file descriptors, a timer, or a wake-up from another thread, whichever comes first (epoll).</summary>
public sealed unsafe class Poller : IDisposable
{
    private const int Capacity = 32;
    private const int ClockMonotonic = 1;

    private readonly int _epoll, _wake, _timer;
    private readonly Lock _wakeLock = new(); // innermost
    private bool _disposed;

    public Poller()
    {
        _epoll = Check(LibC.EpollCreate(LibC.CloseOnExec), "cannot create an epoll descriptor");
        _wake = Check(LibC.EventFd(0, LibC.CloseOnExec | LibC.NonBlocking), "cannot create an event descriptor");
        _timer = Check(LibC.TimerCreate(ClockMonotonic, LibC.CloseOnExec | LibC.NonBlocking), "cannot create a timer descriptor");
        Watch(_wake);
        Watch(_timer);
    }

    /// <summary>Reports <paramref name="fd"/> from <see cref="Wait"/> while it can be read.</summary>
    public void Watch(int fd)
    {
        var change = new LibC.EpollEvent { Events = LibC.EpollIn, Data = (uint)fd };
        Check(LibC.EpollControl(_epoll, LibC.EpollAdd, fd, &change), "cannot watch a descriptor");
    }

    /// <summary>Ends the reports of <paramref name="fd"/>.</summary>
    public void Unwatch(int fd)
    {
        var change = default(LibC.EpollEvent);
        Check(LibC.EpollControl(_epoll, LibC.EpollDelete, fd, &change), "cannot stop watching a descriptor");
    }

    /// <summary>
    /// Makes a running or the next <see cref="Wait"/> return. Any thread may call it, and too late: the number of a closed
    /// descriptor may be somebody else's file or connection by then, which must not be written to.
    /// </summary>
    public void Wake()
    {
        ulong one = 1;
        lock (_wakeLock)
        {
            if (!_disposed) _ = LibC.Write(_wake, &one, sizeof(ulong));
        }
    }

    /// <summary>
    /// Makes <see cref="Wait"/> return once, so many nanoseconds from now; an earlier setting is replaced. Any thread may call it, and too late.
    /// Nobody is woken for it before the time.
    /// </summary>
    public void SetTimer(long nanoseconds)
    {
        var spec = new LibC.TimerSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        lock (_wakeLock)
        {
            if (!_disposed) Check(LibC.TimerSet(_timer, 0, &spec, null), "cannot arm a timer descriptor");
        }
    }

    /// <summary>Fills <paramref name="ready"/> with readable descriptors. Where it does not block, it only looks.</summary>
    public int Wait(bool blocks, Span<int> ready, out bool timerFired)
    {
        timerFired = false;
        var events = stackalloc LibC.EpollEvent[Capacity];
        var count = LibC.EpollWait(_epoll, events, Math.Min(Capacity, ready.Length), blocks ? -1 : 0);
        var found = 0;
        for (var i = 0; i < count; i++)
        {
            var fd = (int)events[i].Data;
            if (fd == _wake || fd == _timer) Drain(fd);
            else ready[found++] = fd;
            timerFired |= fd == _timer;
        }
        return found;
    }

    public void Dispose()
    {
        lock (_wakeLock)
        {
            if (_disposed) return;
            _disposed = true;
            _ = LibC.Close(_timer);
            _ = LibC.Close(_wake);
            _ = LibC.Close(_epoll);
        }
    }

    private static void Drain(int fd)
    {
        ulong value;
        _ = LibC.Read(fd, &value, sizeof(ulong));
    }

    private static int Check(int result, string act) => result >= 0 ? result : throw HostException.FromLastError(act);
}
