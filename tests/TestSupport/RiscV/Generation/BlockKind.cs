namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>The circumstances in which a block runs.</summary>
public enum BlockKind
{
    Machine,
    Supervisor,
    User,

    /// <summary>Supervisor mode with page tables.</summary>
    PagedSupervisor,

    /// <summary>User mode with page tables.</summary>
    PagedUser,

    /// <summary>Machine mode whose loads and stores go through page tables, by mstatus.MPRV.</summary>
    MachineAsUser,
}
