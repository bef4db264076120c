using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mimus.Boards;
using Mimus.Control.Monitor;
using Mimus.Core.Backends;
using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Control.Qmp;

/// <summary>
/// The monitor for programs on a console: JSON objects in both directions (QEMU's documentation, "QEMU Machine Protocol Specification").
/// All input arrives on the machine's main loop.
/// </summary>
public sealed class QmpServer : IConsoleReceiver, IConnectionReceiver
{
    /// <summary>The longest command that is taken; clients' are far shorter.</summary>
    private const int LongestCommand = 1 << 16;

    private const string GeneralError = "GenericError", NoCommand = "CommandNotFound";

    // Nobody reads the answers as a part of a web page, so they need no more escapes than JSON asks for.
    private static readonly JsonWriterOptions s_format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonElement s_noArguments = JsonDocument.Parse("{}").RootElement;

    private readonly IConsole _console;
    private readonly byte[] _input = new byte[LongestCommand];
    private int _length;
    private bool _negotiated;

    public QmpServer(MonitorContext context, IConsole console)
    {
        Context = context;
        Monitor = new MonitorSession(context);
        _console = console;
        console.Attach(this);
        context.Vm.StateChanged += state => context.Vm.Loop.Post(() => Announce(state));
    }

    public int InputRoom => int.MaxValue;

    internal MonitorContext Context { get; }

    internal MonitorSession Monitor { get; }

    internal Vm Vm => Context.Vm;

    public void Connected()
    {
        _length = 0;
        _negotiated = false;
        Send(new JsonObject { ["QMP"] = new JsonObject { ["version"] = DescribeVersion(), ["capabilities"] = new JsonArray() } });
    }

    public void Receive(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var taken = Math.Min(data.Length, _input.Length - _length);
            data[..taken].CopyTo(_input.AsSpan(_length));
            _length += taken;
            data = data[taken..];
            while (TryTakeCommand(out var command))
            {
                using (command) Execute(command.RootElement);
            }
            if (_length < _input.Length) continue;
            _length = 0;
            Refuse(GeneralError, $"a command has at most {LongestCommand} bytes", null);
        }
    }

    internal void Negotiate() => _negotiated = true;

    internal JsonObject DescribeVersion()
    {
        var spoken = Context.SpokenVersion;
        return new JsonObject
        {
            ["qemu"] = new JsonObject { ["micro"] = spoken.Build, ["minor"] = spoken.Minor, ["major"] = spoken.Major },
            ["package"] = Context.Version,
        };
    }

    /// <summary>Takes the next whole value from the input. What is none is refused together with the rest of its line.</summary>
    private bool TryTakeCommand([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonDocument? command)
    {
        command = null;
        while (!_input.AsSpan(0, _length).Trim(" \t\r\n"u8).IsEmpty)
        {
            try
            {
                var reader = new Utf8JsonReader(_input.AsSpan(0, _length), isFinalBlock: false, default);
                if (!JsonDocument.TryParseValue(ref reader, out command)) return false;
                Drop((int)reader.BytesConsumed);
                return true;
            }
            catch (JsonException e)
            {
                var end = _input.AsSpan(0, _length).IndexOf((byte)'\n');
                Drop(end < 0 ? _length : end + 1);
                Refuse(GeneralError, $"JSON parse error, {e.Message}", null);
            }
        }
        return false;
    }

    private void Drop(int count)
    {
        _input.AsSpan(count, _length - count).CopyTo(_input);
        _length -= count;
    }

    private void Execute(JsonElement command)
    {
        if (command.ValueKind != JsonValueKind.Object)
        {
            Refuse(GeneralError, "QMP input must be a JSON object", null);
            return;
        }
        JsonNode? id = null;
        try
        {
            id = command.TryGetProperty("id", out var given) ? Copy(given) : null;
            var (row, arguments) = Check(command);
            Send(With(id, new JsonObject { ["return"] = row.Run(this, arguments) ?? new JsonObject() }));
        }
        catch (UnknownCommandException e)
        {
            Refuse(NoCommand, e.Message, id);
        }
        // InvalidOperationException is what strings that are no text give.
        catch (Exception e) when (e is FormatException or ConfigurationException or StateException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            Refuse(GeneralError, e.Message, id);
        }
    }

    /// <summary>A copy that outlives the command, and that can be written.</summary>
    private static JsonNode? Copy(JsonElement value)
    {
        var copy = JsonNode.Parse(value.GetRawText());
        _ = copy?.ToJsonString();
        return copy;
    }

    private (QmpCommand Row, JsonElement Arguments) Check(JsonElement command)
    {
        foreach (var member in command.EnumerateObject())
        {
            if (member.Name is not ("execute" or "arguments" or "id")) throw new FormatException($"QMP input member '{member.Name}' is unexpected");
        }
        if (!command.TryGetProperty("execute", out var name)) throw new FormatException("QMP input lacks member 'execute'");
        if (name.ValueKind != JsonValueKind.String) throw new FormatException("QMP input member 'execute' must be a string");
        var row = Find(name.GetString()!);
        if (!command.TryGetProperty("arguments", out var arguments)) return (row, s_noArguments);
        if (arguments.ValueKind != JsonValueKind.Object) throw new FormatException("QMP input member 'arguments' must be an object");
        foreach (var argument in arguments.EnumerateObject())
        {
            if (!row.Arguments.Contains(argument.Name)) throw new FormatException($"Parameter '{argument.Name}' is unexpected{Suggestion.For(argument.Name, row.Arguments)}");
        }
        return (row, arguments);
    }

    private QmpCommand Find(string name)
    {
        if (!_negotiated && name != QmpCommands.Negotiation) throw new UnknownCommandException($"Expecting capabilities negotiation with '{QmpCommands.Negotiation}'");
        if (_negotiated && name == QmpCommands.Negotiation) throw new UnknownCommandException("Capabilities negotiation is already complete, command ignored");
        return QmpCommands.Find(name)
            ?? throw new UnknownCommandException($"The command {name} has not been found{Suggestion.For(name, QmpCommands.All.Select(c => c.Name))}");
    }

    private void Announce(VmState state)
    {
        if (!_negotiated) return;
        var name = state switch
        {
            VmState.Running => "RESUME",
            VmState.Paused => "STOP",
            VmState.Stopped => "SHUTDOWN",
            _ => null,
        };
        if (name is null) return;
        var (seconds, nanoseconds) = Math.DivRem(HostClock.UnixNanoseconds, 1_000_000_000);
        Send(new JsonObject
        {
            ["timestamp"] = new JsonObject { ["seconds"] = seconds, ["microseconds"] = nanoseconds / 1000 },
            ["event"] = name,
        });
    }

    private void Refuse(string kind, string description, JsonNode? id) =>
        Send(With(id, new JsonObject { ["error"] = new JsonObject { ["class"] = kind, ["desc"] = description } }));

    private static JsonObject With(JsonNode? id, JsonObject answer)
    {
        if (id is not null) answer["id"] = id;
        return answer;
    }

    private void Send(JsonObject message)
    {
        var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, s_format)) message.WriteTo(writer);
        text.Write("\r\n"u8);
        _console.Write(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    private sealed class UnknownCommandException(string message) : Exception(message);
}
