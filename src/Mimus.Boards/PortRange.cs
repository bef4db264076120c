namespace Mimus.Boards;

/// <summary>Where some of a device's registers are among the ports.</summary>
/// <param name="First">The first port.</param>
/// <param name="Count">How many ports.</param>
/// <param name="Offset">The device's offset that the first port stands for.</param>
/// <param name="Widest">The widest access that the device takes, in bytes.</param>
public readonly record struct PortRange(int First, int Count, ulong Offset = 0, int Widest = 1);
