namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Which harts have all that semantics of control registers take for granted when they read and write slots by themselves.</summary>
internal static class ControlRegisterSlots
{
    public const ulong Needed = (ulong)(Extension.S | Extension.Zca | Extension.F);
}
