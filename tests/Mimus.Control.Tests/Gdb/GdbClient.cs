using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mimus.Control.Tests.Gdb;

/// <summary>A debugger's end of the protocol.</summary>
internal sealed class GdbClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65536];
    private int _start, _end;

    public GdbClient(int port) : this(new IPEndPoint(IPAddress.Loopback, port))
    {
    }

    public GdbClient(EndPoint place)
    {
        _socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        if (place is IPEndPoint) _socket.NoDelay = true;
        _socket.Connect(place);
    }

    /// <summary>Sends a request and returns the answer.</summary>
    public string Ask(string request)
    {
        Send(request);
        return Receive();
    }

    public void AskOk(string request) => Assert.Equal("OK", Ask(request));

    public void Send(string payload) => Send(Encoding.Latin1.GetBytes(payload));

    public void Send(byte[] payload)
    {
        byte sum = 0;
        foreach (var b in payload) sum += b;
        SendRaw([(byte)'$', .. payload, .. Encoding.ASCII.GetBytes($"#{sum:x2}")]);
    }

    public void SendRaw(byte[] bytes) => _socket.Send(bytes);

    public void SendRaw(string text) => SendRaw(Encoding.Latin1.GetBytes(text));

    /// <summary>The next packet, checked and acknowledged.</summary>
    public string Receive()
    {
        byte value;
        do value = (byte)ReceiveByte();
        while (value == '+');
        Assert.Equal('$', (char)value);
        var payload = new StringBuilder();
        byte sum = 0;
        while ((value = (byte)ReceiveByte()) != '#')
        {
            sum += value;
            payload.Append((char)value);
        }
        var check = $"{(char)ReceiveByte()}{(char)ReceiveByte()}";
        Assert.Equal(sum, byte.Parse(check, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        SendRaw("+");
        return payload.ToString();
    }

    /// <summary>One byte, or -1 at the end of the connection.</summary>
    public int TryReceiveByte()
    {
        if (_start == _end)
        {
            _start = 0;
            try
            {
                _end = _socket.Receive(_buffer);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                _end = 0;
            }
            if (_end == 0) return -1;
        }
        return _buffer[_start++];
    }

    public int ReceiveByte()
    {
        var value = TryReceiveByte();
        Assert.NotEqual(-1, value);
        return value;
    }

    public ulong Register(int number)
    {
        var text = Ask($"p{number:x}");
        return Number(text);
    }

    public ulong ProgramCounter => Register(32);

    public void SetRegister(int number, ulong value) => AskOk($"P{number:x}={Hex(value)}");

    public byte[] Memory(ulong address, int length) => Convert.FromHexString(Ask($"m{address:x},{length:x}"));

    public void SetMemory(ulong address, byte[] bytes) => AskOk($"M{address:x},{bytes.Length:x}:{Convert.ToHexString(bytes)}");

    public static string Hex(ulong value) => Convert.ToHexString(BitConverter.GetBytes(value));

    public static ulong Number(string hex) => BitConverter.ToUInt64(Convert.FromHexString(hex.PadRight(16, '0')));

    public void Dispose() => _socket.Dispose();
}
