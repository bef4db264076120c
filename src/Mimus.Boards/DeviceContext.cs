using System.Globalization;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;

namespace Mimus.Boards;

/// <summary>What a device is made from: its request, with defaults filled in, and the machine's surroundings.</summary>
public sealed class DeviceContext
{
    private static readonly string[] s_commonProperties = ["id", "bus"];

    private readonly MachineConfiguration _configuration;
    private readonly BoardBuilder _builder;
    private readonly DeviceRequest _request;
    private readonly DeviceModel _model;

    internal DeviceContext(DeviceRequest request, DeviceModel model, string name, BoardBuilder builder, MachineConfiguration configuration)
    {
        _request = request;
        _model = model;
        _builder = builder;
        _configuration = configuration;
        Name = name;
        foreach (var property in request.Properties.Keys)
        {
            if (model.Properties.Contains(property) || s_commonProperties.Contains(property)) continue;
            throw new ConfigurationException($"device '{request.Type}' has no property '{property}'{Suggestion.For(property, model.Properties)}; "
                + $"it has {string.Join(", ", model.Properties)}");
        }
    }

    /// <summary>The name in snapshots and messages.</summary>
    public string Name { get; }

    public GuestMemory Memory => _builder.Memory;

    public MachineLog Log => _builder.Log;

    public DeviceWork Work => _builder.Work;

    public IEntropySource Entropy => _builder.Entropy;

    public IMachineControl Control => _builder.Control;

    public string? Text(string property) => _request.Properties.TryGetValue(property, out var value)
        ? value
        : _configuration.Globals.LastOrDefault(g => g.Driver == _model.Name && g.Property == property)?.Value;

    public int Number(string property, int standard, int minimum, int maximum)
    {
        if (Text(property) is not { } text) return standard;
        var isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var digits = isHexadecimal ? text.AsSpan(2) : text;
        if (int.TryParse(digits, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= minimum && value <= maximum) return value;
        throw new ConfigurationException($"property '{property}' of device '{_request.Type}' must be a number from {minimum} to {maximum}, not '{text}'");
    }

    public bool Switch(string property, bool standard) => Text(property) switch
    {
        null => standard,
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        var other => throw new ConfigurationException($"property '{property}' of device '{_request.Type}' must be on or off, not '{other}'"),
    };

    public int PowerOfTwo(string property, int standard, int minimum, int maximum)
    {
        var value = Number(property, standard, minimum, maximum);
        if (System.Numerics.BitOperations.IsPow2(value)) return value;
        throw new ConfigurationException($"property '{property}' of device '{_request.Type}' must be a power of two, not {value}");
    }

    public IDisk Disk(string property) => Find(property, _configuration.Disks, "disk", "-drive file=FILE,if=none,id=ID");

    public IConsole Console(string property) => Text(property) is null
        ? NullConsole.Instance
        : Find(property, _configuration.Consoles, "character device", "-chardev BACKEND,id=ID");

    /// <summary>The ports that a device asked for, which takes accesses of up to their number.</summary>
    public PortRange Ports(int standard, int count, string property = "iobase") =>
        new(Number(property, standard, 0, Core.Memory.PortSpace.Count - 1), count, 0, count);

    /// <summary>Puts a device with registers at ports where no other is.</summary>
    public void AddAtPorts(IMmioDevice device, PortRange range)
    {
        if (_builder.Ports.TryMap(range.First, range.Count, device, range.Offset, range.Widest) is null)
            throw new ConfigurationException($"device '{_request.Type}' does not fit at port 0x{range.First:x}: {Occupant(range)}; give it other ports with iobase=");
        _builder.Add(device);
    }

    private string Occupant(PortRange range)
    {
        for (var port = range.First; port < range.First + range.Count && port < Core.Memory.PortSpace.Count; port++)
        {
            if (_builder.Ports.Find((ushort)port) is { } region) return $"'{region.Name}' is at port 0x{port:x}";
        }
        return "the ports end at 0xffff";
    }

    private T Find<T>(string property, IReadOnlyDictionary<string, T> known, string what, string how)
    {
        if (Text(property) is not { } id) throw new ConfigurationException($"device '{_request.Type}' needs {property}=ID; define the {what} with {how}");
        return known.TryGetValue(id, out var found)
            ? found
            : throw new ConfigurationException($"device '{_request.Type}' names {what} '{id}', which does not exist{Suggestion.For(id, known.Keys)}; define it with {how}");
    }
}
