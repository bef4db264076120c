using Mimus.Devices.Virtio;

namespace Mimus.Boards;

/// <summary>A device that can be asked for by name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Bus">The kind of bus it sits on.</param>
/// <param name="Description">What it is, for listings.</param>
/// <param name="Properties">The properties it takes, beside <c>id</c> and <c>bus</c>.</param>
/// <param name="Create">Makes it.</param>
public sealed record DeviceModel(string Name, string Bus, string Description, IReadOnlyList<string> Properties,
    Func<DeviceContext, VirtioDevice> Create);
