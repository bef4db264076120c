namespace Mimus.Boards.Plugging;

/// <summary>A device at ports that it chooses itself.</summary>
internal sealed record IsaModel(string Name, string Description, IReadOnlyList<string> Properties, Action<DeviceContext> Add)
    : DeviceModel(Name, DeviceCatalog.IsaBus, Description, Properties);
