namespace Mimus.Boards.Plugging;

/// <summary>A drive of a controller that the board has.</summary>
internal sealed record DriveModel(string Name, string Bus, string Description, bool IsCdRom = false)
    : DeviceModel(Name, Bus, Description, ["drive", "unit", "serial"]);
