using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Mimus.Differential.Tests.Targets;

/// <summary>The debugger's side of gdb's remote protocol, over a stream socket.</summary>
internal sealed class GdbClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _received = new byte[1 << 16];
    private bool _acknowledges = true;
    private int _start, _end;

    public GdbClient(Socket socket)
    {
        _socket = socket;
        _socket.ReceiveTimeout = 20_000;
        Request("qSupported:swbreak+;hwbreak+;xmlRegisters=riscv");
        _acknowledges = Request("QStartNoAckMode") != "OK";
    }

    public static GdbClient Connect(string socketPath)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        return new GdbClient(socket);
    }

    public string Request(string packet)
    {
        Send([packet]);
        return Receive();
    }

    /// <summary>Sends all requests before it reads the first answer, which saves the round trips.</summary>
    public IReadOnlyList<string> Request(IReadOnlyList<string> packets)
    {
        var answers = new List<string>(packets.Count);
        // Bounded, so that neither side's socket buffer fills while the other one does not read.
        foreach (var chunk in packets.Chunk(16))
        {
            Send(chunk);
            for (var i = 0; i < chunk.Length; i++) answers.Add(Receive());
        }
        return answers;
    }

    /// <summary>Asks for something that must be answered with OK.</summary>
    public void Demand(params IReadOnlyList<string> packets)
    {
        foreach (var (i, answer) in Request(packets).Index())
        {
            if (answer != "OK") throw new InvalidOperationException($"the stub answers '{answer}' to {packets[i]}");
        }
    }

    /// <summary>Reads an annex of the target description.</summary>
    public string ReadFeatures(string annex)
    {
        var text = new StringBuilder();
        while (true)
        {
            var answer = Request(string.Create(CultureInfo.InvariantCulture, $"qXfer:features:read:{annex}:{text.Length:x},7f0"));
            if (answer.Length == 0 || answer[0] is not ('l' or 'm')) throw new InvalidOperationException($"no target description {annex}: {answer}");
            text.Append(answer.AsSpan(1));
            if (answer[0] == 'l') return text.ToString();
        }
    }

    /// <summary>Waits for the reply that says the target has stopped; null when it has not after the time.</summary>
    public string? WaitForStop(string request, int milliseconds)
    {
        Send([request]);
        return _start < _end || _socket.Poll(milliseconds * 1000, SelectMode.SelectRead) ? Receive() : null;
    }

    /// <summary>Stops a running target.</summary>
    public string Interrupt()
    {
        _socket.Send([3]);
        return Receive();
    }

    public void Dispose() => _socket.Dispose();

    private void Send(IEnumerable<string> packets)
    {
        var bytes = new List<byte>();
        foreach (var packet in packets)
        {
            var sum = 0;
            foreach (var c in packet) sum += c;
            // An acknowledgement of its own could come while the target runs, and QEMU stops at any byte then.
            if (_acknowledges) bytes.Add((byte)'+');
            bytes.AddRange(Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${packet}#{sum & 0xff:x2}")));
        }
        _socket.Send([.. bytes]);
    }

    private string Receive()
    {
        while (Next() != '$')
        {
            // Acknowledgements: the connection does not lose anything.
        }
        var text = new StringBuilder();
        for (var c = Next(); c != '#'; c = Next())
        {
            if (c == '}') text.Append((char)(Next() ^ 0x20));
            else if (c == '*') text.Append(text[^1], Next() - 29);
            else text.Append(c);
        }
        Next();
        Next();
        return text.ToString();
    }

    private char Next()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = _socket.Receive(_received);
            if (_end == 0) throw new IOException("the stub has closed the connection");
        }
        return (char)_received[_start++];
    }
}
