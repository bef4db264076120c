namespace Mimus.Boards;

/// <summary>A device that can be asked for by name; what it is made by depends on the bus it sits on.</summary>
/// <param name="Name">The name.</param>
/// <param name="Bus">The kind of bus it sits on.</param>
/// <param name="Description">What it is, for listings.</param>
/// <param name="Properties">The properties it takes, beside <c>id</c> and <c>bus</c>.</param>
public abstract record DeviceModel(string Name, string Bus, string Description, IReadOnlyList<string> Properties);
