using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Mimus.Boards;

namespace Mimus.Control.Qmp;

/// <summary>A program's end of a QMP socket: it asks one question after the other.</summary>
public sealed class QmpClient : IDisposable
{
    private const string Advice = "give that of a machine which runs with -qmp unix:SOCKET,server=on,wait=off";

    private const int LongestAnswer = 1 << 20, PatienceMilliseconds = 10_000;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = PatienceMilliseconds, SendTimeout = PatienceMilliseconds };
    private readonly byte[] _input = new byte[LongestAnswer];
    private readonly string _path;
    private int _length;

    private QmpClient(string path) => _path = path;

    public static QmpClient Connect(string path)
    {
        if (!File.Exists(path)) throw new ConfigurationException($"there is no socket '{path}'; {Advice}");
        var client = new QmpClient(path);
        try
        {
            client._socket.Connect(new UnixDomainSocketEndPoint(path));
            if (!client.Receive().TryGetProperty("QMP", out _)) throw client.NoQmp();
            client.Ask(QmpCommands.Negotiation);
            return client;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            client.Dispose();
            throw new ConfigurationException($"no machine answers at '{path}': {e.Message}; {Advice}");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The lines of the machine's screen.</summary>
    public IReadOnlyList<string> ReadScreen() => [.. Ask(QmpCommands.ScreenText).GetProperty("lines").EnumerateArray().Select(line => line.GetString()!)];

    public void Dispose() => _socket.Dispose();

    private JsonElement Ask(string command)
    {
        _socket.Send(Encoding.UTF8.GetBytes($"{{\"execute\": \"{command}\"}}\n"));
        while (true)
        {
            var answer = Receive();
            if (answer.TryGetProperty("return", out var result)) return result;
            if (answer.TryGetProperty("error", out var error)) throw new ConfigurationException(error.GetProperty("desc").GetString() ?? "");
        }
    }

    /// <summary>The next line, which is an object: an answer or an event.</summary>
    private JsonElement Receive()
    {
        int end;
        while ((end = _input.AsSpan(0, _length).IndexOf((byte)'\n')) < 0)
        {
            var count = _length < _input.Length ? _socket.Receive(_input.AsSpan(_length)) : 0;
            if (count == 0) throw NoQmp();
            _length += count;
        }
        try
        {
            using var document = JsonDocument.Parse(_input.AsMemory(0, end));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw NoQmp();
        }
        catch (JsonException)
        {
            throw NoQmp();
        }
        finally
        {
            _input.AsSpan(end + 1, _length - end - 1).CopyTo(_input);
            _length -= end + 1;
        }
    }

    private ConfigurationException NoQmp() => new($"what answers at '{_path}' does not speak QMP; {Advice}");
}
