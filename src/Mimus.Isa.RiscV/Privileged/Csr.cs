namespace Mimus.Isa.RiscV.Privileged;

/// <summary>One row of the table of control and status registers.</summary>
/// <param name="Number">The address; its bits 11-10 say whether it can be written, 9-8 the lowest privilege.</param>
/// <param name="Name">The manual's name.</param>
/// <param name="Read">The value as the guest sees it.</param>
/// <param name="Write">Stores a new value, keeping to the legal ones; null where writes have no effect.</param>
/// <param name="Needs">Extensions without which the register does not exist.</param>
/// <param name="Allowed">A further condition on the hart's state.</param>
internal sealed record Csr(int Number, string Name, Func<RiscVHart, ulong> Read, Action<RiscVHart, ulong>? Write = null,
    Extension Needs = Extension.None, Func<RiscVHart, bool>? Allowed = null)
{
    /// <summary>
    /// In place of <see cref="Write"/>, for registers that others change at the same time: bits to set and bits to clear.
    /// </summary>
    public Action<RiscVHart, ulong, ulong>? Change { get; init; }

    public bool IsReadOnly => (Number & 0xc00) == 0xc00;

    public Privilege LowestPrivilege => (Privilege)((Number >> 8) & 3);

    /// <summary>Stores a value, or the change that leads to it.</summary>
    public void Store(RiscVHart hart, ulong value, ulong set, ulong clear)
    {
        if (Change is not null) Change(hart, set, clear);
        else Write?.Invoke(hart, value);
    }
}
