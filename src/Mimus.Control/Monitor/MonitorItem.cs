namespace Mimus.Control.Monitor;

/// <summary>A disk or a console as the monitor lists it.</summary>
public sealed record MonitorItem(string Id, string Description);
