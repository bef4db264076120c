using System.Net;
using System.Net.Sockets;
using Mimus.Boards;
using Mimus.Cli.Running;

namespace Mimus.Cli.Consoles;

/// <summary>A console at the other end of a TCP or Unix-domain socket. A server takes one client after the other.</summary>
internal sealed class SocketConsole : HostConsole
{
    private readonly Socket? _listener;
    private readonly string? _boundPath;
    private volatile Socket? _peer;
    private volatile bool _disposed;

    public SocketConsole(ConsolePlan plan)
    {
        var where = plan.Path ?? $"{plan.Host}:{plan.Port}";
        try
        {
            EndPoint address = plan.Path is { } path ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(Resolve(plan.Host), plan.Port);
            var socket = new Socket(address.AddressFamily, SocketType.Stream, plan.Path is null ? ProtocolType.Tcp : ProtocolType.Unspecified);
            if (!plan.IsServer)
            {
                socket.Connect(address);
                _peer = socket;
                return;
            }
            // What an earlier run left behind is in the way; a socket that somebody listens at would have answered.
            if (plan.Path is not null && File.Exists(plan.Path) && !IsAnswering(plan.Path)) File.Delete(plan.Path);
            socket.Bind(address);
            _boundPath = plan.Path;
            socket.Listen(1);
            _listener = socket;
            if (!plan.WaitsForClient) return;
            HostOutput.ErrorLine($"waiting for a connection at {where} (this is no warning or error)");
            _peer = socket.Accept();
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigurationException($"cannot {(plan.IsServer ? "listen at" : "connect to")} '{where}': {e.Message}; check the address and who else uses it");
        }
    }

    public override void Write(ReadOnlySpan<byte> data)
    {
        try
        {
            for (var peer = _peer; peer is not null && !data.IsEmpty;) data = data[peer.Send(data)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The client has gone; what nobody reads is dropped, as on a line without a terminal.
        }
    }

    public override void Dispose()
    {
        _disposed = true;
        _peer?.Dispose();
        _listener?.Dispose();
        if (_boundPath is not null) File.Delete(_boundPath);
        base.Dispose();
    }

    protected override bool IsConnected => _peer is not null;

    protected override int Read(Span<byte> buffer)
    {
        while (!_disposed)
        {
            try
            {
                if (_peer is { } peer)
                {
                    var count = peer.Receive(buffer);
                    if (count > 0) return count;
                }
                Disconnect();
                if (_listener is null) return 0;
                _peer = _listener.Accept();
                TellConnected();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Disconnect();
                if (_listener is null) return 0;
            }
        }
        return 0;
    }

    private void Disconnect()
    {
        _peer?.Dispose();
        _peer = null;
    }

    private static bool IsAnswering(string path)
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static IPAddress Resolve(string host) => IPAddress.TryParse(host, out var address) ? address : Dns.GetHostAddresses(host)[0];
}
