namespace Mimus.Differential.Tests.Generation;

/// <summary>The circumstances in which a block runs.</summary>
internal enum BlockKind
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
