using System.Net.Sockets;
using Mimus.Host;

namespace Mimus.Control.Gdb;

/// <summary>
/// Lets a debugger look at a machine and control it by gdb's Remote Serial Protocol (Debugging with GDB, appendix E): one
/// debugger at a time, each processor a thread. Has a thread of its own.
/// </summary>
public sealed class GdbServer : IDisposable
{
    private readonly Vm _vm;
    private readonly GdbEndpoint _endpoint;
    private readonly TargetDescription _description;
    private readonly Poller _poller = new();
    private readonly Thread _thread;
    private volatile bool _stopping;
    private GdbSession? _session;

    private GdbServer(Vm vm, GdbEndpoint endpoint)
    {
        _vm = vm;
        _endpoint = endpoint;
        _description = new TargetDescription(vm.Machine.Cpus[0].Debug);
        foreach (var listener in endpoint.Listeners) _poller.Watch((int)listener.Handle);
        vm.Ended.ContinueWith(_ => _poller.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _thread = new Thread(Run) { IsBackground = true, Name = "gdb" };
        _thread.Start();
    }

    /// <summary>The TCP port that was asked for, or chosen when that was 0; 0 for a socket in the file system.</summary>
    public int Port => _endpoint.Port;

    /// <summary>Carries out the debugger's <c>monitor</c> commands and returns what they say. Called on the server's thread.</summary>
    public Func<string, string>? MonitorCommand { get; set; }

    /// <summary>
    /// Waits for debuggers at <c>tcp::PORT</c>, <c>tcp:HOST:PORT</c> or <c>unix:PATH</c>; where that is not possible, it is a
    /// <see cref="Boards.ConfigurationException"/>.
    /// </summary>
    public static GdbServer Start(Vm vm, string endpoint) => new(vm, GdbEndpoint.Listen(endpoint));

    /// <summary>Ends the connection, as if the debugger had left.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        _poller.Wake();
        _thread.Join();
        _poller.Dispose();
    }

    private void Run()
    {
        Span<int> ready = stackalloc int[8];
        while (true)
        {
            // Looked at before the report, so that the last thing a debugger hears is how the machine ended.
            var isOver = _stopping || _vm.Ended.IsCompleted;
            if (_session is { } waiting) Serve(waiting.Report);
            if (isOver) break;
            var count = _poller.Wait(blocks: true, ready, out _);
            foreach (var descriptor in ready[..count])
            {
                if (_session is { } session)
                {
                    if (descriptor == session.Descriptor) Serve(session.Receive);
                }
                else Accept(descriptor);
            }
        }
        Leave();
        _endpoint.Dispose(); // nobody is to wait at the door of a machine that is over
    }

    /// <summary>Whatever a debugger brings about is the end of its connection at most.</summary>
    private void Serve(Func<bool> act)
    {
        var goesOn = false;
        try
        {
            goesOn = act();
        }
#pragma warning disable CA1031 // the other end of a socket must not be able to end the program
        catch (Exception)
        {
        }
#pragma warning restore CA1031
        if (!goesOn) Leave();
    }

    private void Accept(int descriptor)
    {
        try
        {
            if (_endpoint.Listeners.FirstOrDefault(l => (int)l.Handle == descriptor) is not { } listener) return;
            var socket = listener.Accept();
            if (socket.ProtocolType == ProtocolType.Tcp) socket.NoDelay = true;
            _session = new GdbSession(_vm, _description, socket, _poller.Wake, () => MonitorCommand);
        }
        catch (SocketException)
        {
            return; // who wanted to connect has gone
        }
        foreach (var listener in _endpoint.Listeners) _poller.Unwatch((int)listener.Handle);
        _poller.Watch(_session.Descriptor);
    }

    private void Leave()
    {
        if (_session is not { } session) return;
        _session = null;
        _poller.Unwatch(session.Descriptor);
        session.Dispose();
        foreach (var listener in _endpoint.Listeners) _poller.Watch((int)listener.Handle);
    }
}
