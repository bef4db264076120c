namespace Mimus.Isa.RiscV.Tests;

/// <summary>A trap that an instruction took.</summary>
internal sealed record Trap(int Cause, ulong Value, bool ToSupervisor = false);
