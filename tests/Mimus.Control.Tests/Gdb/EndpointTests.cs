using System.Net.Sockets;
using Mimus.Boards;
using Mimus.Control.Gdb;

namespace Mimus.Control.Tests.Gdb;

public sealed class EndpointTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"mimus-{Guid.NewGuid():n}");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("tcp::0")]
    [InlineData("tcp::0,server,nowait")]
    [InlineData("tcp:127.0.0.1:0,server=on,wait=off")]
    [InlineData("tcp:localhost:0")]
    public void A_port_can_be_listened_at(string text)
    {
        using var stage = new Stage(endpoint: text);
        Assert.NotEqual(0, stage.Server.Port);
        using var gdb = stage.Connect(toLoop: false);
        Assert.Equal("QC1", gdb.Ask("qC"));
    }

    [Fact]
    public void The_loopback_of_both_protocols_is_listened_at()
    {
        if (!Socket.OSSupportsIPv6) return;
        using var endpoint = GdbEndpoint.Listen("tcp::0");
        Assert.All(endpoint.Listeners, l => Assert.Equal(endpoint.Port, ((System.Net.IPEndPoint)l.LocalEndPoint!).Port));
        Assert.All(endpoint.Listeners, l => Assert.True(System.Net.IPAddress.IsLoopback(((System.Net.IPEndPoint)l.LocalEndPoint!).Address)));
    }

    [Fact]
    public void A_socket_in_the_file_system_is_gone_afterwards()
    {
        using (var stage = new Stage(endpoint: $"unix:{_path},server=on,wait=off"))
        {
            using var gdb = new GdbClient(new UnixDomainSocketEndPoint(_path));
            Assert.Equal("QC1", gdb.Ask("qC"));
            Assert.Contains("in use", Refusal($"unix:{_path}"), StringComparison.Ordinal);
        }
        Assert.False(File.Exists(_path));
    }

    [Fact]
    public void A_socket_that_was_left_behind_is_replaced_but_a_file_is_not()
    {
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(_path));
            File.Move(_path, _path + "-kept"); // so that closing does not remove it
        }
        File.Move(_path + "-kept", _path);
        using (GdbEndpoint.Listen($"unix:{_path}"))
        {
        }
        File.WriteAllText(_path, "precious");
        Assert.Contains("in use", Refusal($"unix:{_path}"), StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(_path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("stdio")]
    [InlineData("tcp:")]
    [InlineData("tcp::")]
    [InlineData("tcp::66666")]
    [InlineData("tcp::x")]
    [InlineData("tcp::0,wait=on")]
    [InlineData("tcp:no.such.host.invalid:1")]
    [InlineData("unix:")]
    [InlineData("unix:/no/such/folder/socket")]
    public void What_cannot_be_is_refused_with_a_sentence(string text) =>
        Assert.StartsWith($"a debugger cannot be waited for at '{text}': ", Refusal(text), StringComparison.Ordinal);

    [Fact]
    public void A_busy_port_is_refused_with_a_sentence()
    {
        using var first = GdbEndpoint.Listen("tcp::0");
        Assert.Contains("in use", Refusal($"tcp::{first.Port}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_too_long_is_refused_with_a_sentence() =>
        Assert.Contains("too long", Refusal("unix:" + new string('x', 1000)), StringComparison.Ordinal);

    private static string Refusal(string text) => Assert.Throws<ConfigurationException>(() => GdbEndpoint.Listen(text)).Message;
}
