namespace Mimus.Boards;

/// <summary>A device that was asked for by name, with its properties.</summary>
public sealed record DeviceRequest(string Type, IReadOnlyDictionary<string, string> Properties)
{
    public string? Id => Properties.GetValueOrDefault("id");
}
