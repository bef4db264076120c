namespace Mimus.Isa.RiscV.Privileged;

/// <summary>What an instruction does to a control register.</summary>
[Flags]
internal enum CsrAccess
{
    ReadOnly = 0,
    Write = 1,
    Set = 2,
    Clear = 3,

    /// <summary>The old value is not wanted, so reading has no side effects.</summary>
    NoRead = 4,
}
