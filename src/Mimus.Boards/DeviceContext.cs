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

    public string? Text(string property) => _request.Properties.TryGetValue(property, out var value)
        ? value
        : _configuration.Globals.LastOrDefault(g => g.Driver == _model.Name && g.Property == property)?.Value;

    public int Number(string property, int standard, int minimum, int maximum)
    {
        if (Text(property) is not { } text) return standard;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum) return value;
        throw new ConfigurationException($"property '{property}' of device '{_request.Type}' must be a number from {minimum} to {maximum}, not '{text}'");
    }

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

    private T Find<T>(string property, IReadOnlyDictionary<string, T> known, string what, string how)
    {
        if (Text(property) is not { } id) throw new ConfigurationException($"device '{_request.Type}' needs {property}=ID; define the {what} with {how}");
        return known.TryGetValue(id, out var found)
            ? found
            : throw new ConfigurationException($"device '{_request.Type}' names {what} '{id}', which does not exist{Suggestion.For(id, known.Keys)}; define it with {how}");
    }
}
