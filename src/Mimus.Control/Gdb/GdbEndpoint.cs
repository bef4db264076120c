using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mimus.Boards;

namespace Mimus.Control.Gdb;

/// <summary>Where a debugger is waited for, in the words of the command line, and the sockets that listen there.</summary>
internal sealed class GdbEndpoint : IDisposable
{
    private const string Forms = "give tcp::PORT, tcp:HOST:PORT or unix:PATH";
    private const int Backlog = 128;

    // What the command line of other emulators says and what is so in any case.
    private static readonly string[] s_understood =
    [
        "server", "server=on", "nowait", "wait=off", "wait=no", "nodelay", "nodelay=on", "ipv4", "ipv4=on", "ipv6", "ipv6=on",
    ];

    private readonly string _text;
    private readonly List<Socket> _listeners = [];
    private string? _path;

    private GdbEndpoint(string text) => _text = text;

    public IReadOnlyList<Socket> Listeners => _listeners;

    /// <summary>The TCP port; 0 for a socket in the file system.</summary>
    public int Port { get; private set; }

    public static GdbEndpoint Listen(string text)
    {
        var endpoint = new GdbEndpoint(text);
        try
        {
            endpoint.Open();
            return endpoint;
        }
        catch (SocketException e)
        {
            endpoint.Dispose();
            throw endpoint.Wrong(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "the address is in use; choose another one, or end the program that uses it"
                : e.Message);
        }
        catch
        {
            endpoint.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var listener in _listeners) listener.Dispose();
        _listeners.Clear();
        if (_path is { } path) File.Delete(path);
        _path = null;
    }

    private void Open()
    {
        var words = _text.Split(',');
        foreach (var word in words.Skip(1))
        {
            if (!s_understood.Contains(word)) throw Wrong($"'{word}' is not possible there; {Forms}");
        }
        var address = words[0];
        if (address.StartsWith("tcp:", StringComparison.Ordinal)) OpenTcp(address["tcp:".Length..]);
        else if (address.StartsWith("unix:", StringComparison.Ordinal)) OpenUnix(address["unix:".Length..]);
        else throw Wrong(Forms);
    }

    private void OpenTcp(string address)
    {
        var colon = address.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw Wrong($"there is no port between 0 and 65535 in it; {Forms}");
        var host = address[..colon].Trim('[', ']');
        Port = port;
        foreach (var ip in Addresses(host)) ListenAt(ip, isOptional: _listeners.Count > 0);
    }

    /// <summary>Without a host only this computer's own programs may connect: who can is master of the machine.</summary>
    private IPAddress[] Addresses(string host)
    {
        if (host is "" or "localhost") return Socket.OSSupportsIPv6 ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
        if (IPAddress.TryParse(host, out var address)) return [address];
        try
        {
            return Dns.GetHostAddresses(host);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw Wrong($"there is no host '{host}'");
        }
    }

    private void ListenAt(IPAddress address, bool isOptional)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = false;
            socket.Bind(new IPEndPoint(address, Port));
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            // Many computers have a loopback of IPv4 only.
            if (isOptional && e.SocketErrorCode != SocketError.AddressAlreadyInUse) return;
            throw;
        }
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        _listeners.Add(socket);
    }

    private void OpenUnix(string path)
    {
        if (path.Length == 0) throw Wrong($"there is no path in it; {Forms}");
        UnixDomainSocketEndPoint place;
        try
        {
            place = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            throw Wrong("the path is too long for a socket; choose a shorter one");
        }
        RemoveLeftOver(path, place);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listeners.Add(socket);
        socket.Bind(place);
        _path = path;
        socket.Listen(Backlog);
    }

    /// <summary>A program that was killed leaves its socket behind: nobody answers there. Nothing else is ever removed.</summary>
    private static void RemoveLeftOver(string path, UnixDomainSocketEndPoint place)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(place);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A plain file refuses connections, too; binding will say that it is in the way.
            if (IsSocket(path)) File.Delete(path);
        }
        catch (SocketException)
        {
            // There is nothing, or nothing that can be reached; binding will say what is wrong.
        }
    }

    private static bool IsSocket(string path)
    {
        // A socket is what exists and cannot be opened as a file. Opening for both directions does not wait, should it be a pipe.
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (IOException)
        {
            return File.Exists(path);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private ConfigurationException Wrong(string what) => new($"a debugger cannot be waited for at '{_text}': {what}");
}
