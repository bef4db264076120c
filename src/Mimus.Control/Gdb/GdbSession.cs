using System.Net.Sockets;

namespace Mimus.Control.Gdb;

/// <summary>
/// One debugger from connecting to leaving. The machine stands still from the beginning; at the end it is as if the debugger
/// had detached. All is called on the server's thread.
/// </summary>
internal sealed class GdbSession : IDisposable
{
    /// <summary>A debugger that does not take its answers for so long has gone.</summary>
    private const int SendTimeoutMilliseconds = 5000;

    private readonly Socket _socket;
    private readonly Vm _vm;
    private readonly RunControl _control;
    private readonly ExecutionCommands _execution;
    private readonly QueryCommands _queries;
    private readonly PacketTable _table;
    private readonly PacketReader _reader = new(GdbTarget.PacketSize);
    private readonly PacketWriter _writer = new();
    private readonly PacketWriter _console = new();
    private readonly byte[] _received = new byte[4096];
    private readonly bool _wasRunning;
    private bool _greeted, _spoken, _acknowledges = true;

    public GdbSession(Vm vm, TargetDescription description, Socket socket, Action wake, Func<Func<string, string>?> monitor)
    {
        _vm = vm;
        _socket = socket;
        _socket.SendTimeout = SendTimeoutMilliseconds;
        var target = new GdbTarget(vm);
        var points = new DebugPointSet(vm);
        var threads = new ThreadCommands(target);
        _wasRunning = vm.State == VmState.Running;
        _control = new RunControl(target, points, wake);
        _execution = new ExecutionCommands(target, _control);
        _queries = new QueryCommands(target, description, threads, monitor);
        _table = new PacketTable(
        [
            .. new RegisterCommands(target, description).Rows,
            .. new MemoryCommands(target).Rows,
            .. new PointCommands(points).Rows,
            .. threads.Rows,
            .. _execution.Rows,
            .. _queries.Rows,
        ]);
        _control.Attach();
    }

    public int Descriptor => (int)_socket.Handle;

    /// <summary>Takes what has arrived; false when the debugger has left or is none.</summary>
    public bool Receive()
    {
        var count = _socket.Receive(_received);
        if (count == 0) return false;
        foreach (var value in _received.AsSpan(0, count))
        {
            if (!Take(value)) return false;
        }
        return true;
    }

    /// <summary>Tells the debugger what it waits for; false when the machine is over and the debugger has been told.</summary>
    public bool Report()
    {
        if (!_control.IsWaiting) return !_vm.Ended.IsCompleted;
        _writer.Begin();
        while (_control.TryReport(_writer))
        {
            Send(_writer);
            _writer.Begin();
        }
        return !_vm.Ended.IsCompleted;
    }

    public void Dispose()
    {
        _control.Dispose();
        // Somebody who only knocked at the door leaves the machine as it was.
        _control.Detach(resumes: _spoken || _wasRunning);
        _socket.Dispose();
    }

    private bool Take(byte value)
    {
        var what = _reader.Feed(value);
        if (!_greeted)
        {
            // A web page can make a browser send a request here; none begins like a debugger's.
            if (what == PacketEvent.Garbage) return false;
            _greeted = true;
        }
        switch (what)
        {
            case PacketEvent.Packet:
                return Answer(_reader.Payload);
            case PacketEvent.Damaged when _acknowledges:
                SendByte((byte)'-');
                return true;
            case PacketEvent.Damaged:
            case PacketEvent.TooLong:
                Acknowledge();
                _writer.Begin();
                _writer.Fail(GdbError.Invalid);
                Send(_writer);
                return true;
            case PacketEvent.Refused when _acknowledges && _writer.IsFinished:
                SendBytes(_writer.Last);
                return true;
            case PacketEvent.Interrupt:
                _control.Interrupt();
                return Report();
            default:
                return true;
        }
    }

    private bool Answer(ReadOnlySpan<byte> payload)
    {
        _spoken = true;
        Acknowledge();
        _writer.Begin();
        _table.Handle(payload, _writer);
        while (_queries.Output.TryDequeue(out var part))
        {
            _console.Begin();
            _console.Text("O").Hex(part);
            Send(_console);
        }
        if (_writer.IsWanted) Send(_writer);
        _acknowledges = !_queries.NoAcknowledgements;
        if (!_execution.IsKilled) return Report();
        _vm.End(0);
        return false;
    }

    private void Acknowledge()
    {
        if (_acknowledges) SendByte((byte)'+');
    }

    private void Send(PacketWriter packet) => SendBytes(packet.Finish());

    private void SendByte(byte value) => SendBytes([value]);

    private void SendBytes(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[_socket.Send(bytes)..];
    }
}
