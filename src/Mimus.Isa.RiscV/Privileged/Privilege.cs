namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Privilege levels with the manual's encoding.</summary>
public enum Privilege : byte
{
    User = 0,
    Supervisor = 1,
    Machine = 3,
}
