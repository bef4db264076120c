using System.Text;
using System.Text.Json;
using Mimus.Boards;
using Mimus.Control.Monitor;
using Mimus.Control.Qmp;

namespace Mimus.Control.Tests;

/// <summary>QMP on a small machine that has no screen.</summary>
public sealed class QmpTests : IDisposable
{
    private readonly Vm _vm = Vm.Create(new MachineConfiguration { Firmware = "none", KernelImage = [0x6f, 0, 0, 0], MemoryBytes = 4 << 20 }, BoardCatalog.RiscV);
    private readonly FakeClient _client = new();
    private int _quitWith = -1;

    public QmpTests()
    {
        var context = new MonitorContext
        {
            Vm = _vm,
            Banner = "",
            Prompt = "",
            Version = "of a test",
            SpokenVersion = new Version(10, 2, 3),
            Quit = status => _quitWith = status,
            MachineName = "box",
        };
        _ = new QmpServer(context, _client);
        _client.Connect();
    }

    public void Dispose() => _vm.Dispose();

    [Fact]
    public void A_client_is_greeted_and_negotiates_first()
    {
        Assert.Equal(["""{"QMP":{"version":{"qemu":{"micro":3,"minor":2,"major":10},"package":"of a test"},"capabilities":[]}}"""], _client.TakeLines());
        Assert.Equal(["""{"error":{"class":"CommandNotFound","desc":"Expecting capabilities negotiation with 'qmp_capabilities'"}}"""], Ask("""{"execute":"query-status"}"""));
        Assert.Equal(["""{"return":{},"id":{"a":[1,null,"x"]}}"""], Ask("""{"execute":"qmp_capabilities","id":{"a":[1,null,"x"]}}"""));
        Assert.Contains("already complete", Assert.Single(Ask("""{"execute":"qmp_capabilities"}""")), StringComparison.Ordinal);
        _client.Connect();
        Assert.StartsWith("{\"QMP\"", Assert.Single(_client.TakeLines()), StringComparison.Ordinal);
        Assert.Contains("Expecting", Assert.Single(Ask("""{"execute":"query-status"}""")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"execute":"query-status","id":5}""", """{"return":{"running":false,"status":"prelaunch"},"id":5}""")]
    [InlineData("""{"execute":"query-name"}""", """{"return":{"name":"box"}}""")]
    [InlineData("""{"execute":"human-monitor-command","arguments":{"command-line":"info status"}}""", """{"return":"VM status: paused\r\n"}""")]
    [InlineData("""{"execute":"system_powerdown"}""", "machine 'virt' has no power button")]
    [InlineData("""{"execute":"mimus-screen"}""", "machine 'virt' has no display")]
    [InlineData("""{"execute":"screendump","arguments":{"filename":"/nowhere/x"}}""", "machine 'virt' has no display")]
    [InlineData("""{"execute":"screendump","arguments":{"filename":"/nowhere/x","format":"gif"}}""", "'gif' is no format")]
    [InlineData("""{"execute":"screendump"}""", "Parameter 'filename' is missing")]
    [InlineData("""{"execute":"screendump","arguments":{"filename":7}}""", "Invalid parameter type for 'filename'")]
    [InlineData("""{"execute":"screendump","arguments":{"file":"x"}}""", "Parameter 'file' is unexpected")]
    [InlineData("""{"execute":"screendump","arguments":[]}""", "'arguments' must be an object")]
    [InlineData("""{"execute":"quary-status"}""", "did you mean 'query-status'?")]
    [InlineData("""{"execute":7}""", "must be a string")]
    [InlineData("""{"exekute":"stop"}""", "'exekute' is unexpected")]
    [InlineData("{}", "lacks member 'execute'")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("\"x\"", "must be a JSON object")]
    [InlineData("}", "JSON parse error")]
    [InlineData("""{"execute":"\ud800"}""", "error")]
    [InlineData("""{"id":"\ud800","execute":"query-status"}""", "error")]
    public void A_question_has_one_answer(string question, string expected)
    {
        Negotiate();
        Assert.Contains(expected, Assert.Single(Ask(question)), StringComparison.Ordinal);
        Assert.Single(Ask("""{"execute":"query-version"}"""));
    }

    [Fact]
    public void Commands_may_come_in_pieces_and_together()
    {
        Negotiate();
        _client.TakeLines();
        foreach (var character in """{"execute" : "query-status"}""") Send($"{character}");
        Assert.Single(_client.TakeLines());
        Assert.Equal(3, Ask("""{"execute":"query-status"}{"execute":"query-status"} {"execute":"query-status"}""").Length);
    }

    [Fact]
    public void Events_tell_of_stops()
    {
        Negotiate();
        Send("""{"execute":"cont"}""");
        Send("""{"execute":"stop"}""");
        var lines = new List<string>();
        Assert.True(SpinWait.SpinUntil(() =>
        {
            lines.AddRange(_client.TakeLines());
            return lines.Count >= 4;
        }, TimeSpan.FromMinutes(1)));
        Assert.Equal(["RESUME", "STOP"], lines.Where(l => l.Contains("event", StringComparison.Ordinal)).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("event").GetString()));
    }

    [Fact]
    public void Quit_ends_the_program()
    {
        Negotiate();
        Ask("""{"execute":"quit"}""");
        Assert.Equal(0, _quitWith);
    }

    /// <summary>Hostile class: lengths that lie, nesting without end, half a message.</summary>
    [Fact]
    public void Hostile_input_is_refused_and_costs_little()
    {
        Negotiate();
        Assert.All(Ask(new string('[', 1 << 20)), line => Assert.Contains("error", line, StringComparison.Ordinal));
        Assert.NotEmpty(Ask("\n{\"execute\":\"" + new string('x', 1 << 20)));
        Ask("\"}\n");
        Assert.All(Ask(string.Concat(Enumerable.Repeat("}\n", 30_000))), line => Assert.Contains("error", line, StringComparison.Ordinal));
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            _client.Send(bytes);
        }
        _client.TakeLines();
        _client.Connect();
        Negotiate();
        Assert.Single(Ask("""{"execute":"query-status"}"""));
    }

    private void Negotiate()
    {
        Ask("""{"execute":"qmp_capabilities"}""");
        _client.TakeLines();
    }

    private void Send(string text) => _client.Send(Encoding.UTF8.GetBytes(text));

    private string[] Ask(string text)
    {
        _client.TakeLines();
        Send(text);
        return _client.TakeLines();
    }
}
