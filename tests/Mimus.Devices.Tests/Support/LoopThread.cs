using Mimus.Core.Timing;

namespace Mimus.Devices.Tests.Support;

/// <summary>An event loop on a thread of its own for as long as a test needs it, also when the test fails.</summary>
internal sealed class LoopThread : IDisposable
{
    private readonly EventLoop _loop;
    private readonly Thread _thread;

    public LoopThread(VirtualClock clock)
    {
        _loop = new EventLoop(clock);
        _thread = new Thread(_loop.Run) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _loop.Stop();
        _thread.Join();
        _loop.Dispose();
    }
}
