namespace Mimus.Isa.RiscV;

/// <summary>
/// Firmware that is part of the machine instead of guest code in M mode: environment calls from S mode come here.
/// </summary>
public interface ISupervisorFirmware
{
    /// <summary>Serves a call whose arguments are in the hart's a0 to a7, and puts its results into a0 and a1. On the hart's thread.</summary>
    void Call(RiscVHart hart);
}
