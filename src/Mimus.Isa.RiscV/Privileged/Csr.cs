namespace Mimus.Isa.RiscV.Privileged;

/// <summary>One row of the table of control and status registers.</summary>
/// <param name="Number">The address; its bits 11-10 say whether it can be written, 9-8 the lowest privilege.</param>
/// <param name="Name">The manual's name.</param>
/// <param name="Read">The value as the guest sees it; null where that is what the slot says.</param>
/// <param name="Write">Stores a new value, keeping to the legal ones; null where writes change no more than the slot.</param>
/// <param name="Needs">Extensions without which the register does not exist.</param>
/// <param name="Allowed">A further condition on the hart's state.</param>
internal sealed record Csr(int Number, string Name, Func<RiscVHart, ulong>? Read, Action<RiscVHart, ulong>? Write = null,
    Extension Needs = Extension.None, Func<RiscVHart, bool>? Allowed = null)
{
    /// <summary>The number of the register that shows the time, and its bit in the registers that say who may read which counter.</summary>
    public const int Time = 0xc01, TimeEnable = 1 << (Time & 31);

    /// <summary>A register that is a word of the state, which semantics read and write by themselves: the bits of the mask, the others are zero.</summary>
    public Csr(int number, string name, int slot, ulong mask, Extension needs = Extension.None)
        : this(number, name, null, null, needs)
    {
        Slot = slot;
        Writable = mask;
    }

    /// <summary>
    /// In place of <see cref="Write"/>, for registers that others change at the same time: bits to set and bits to clear.
    /// </summary>
    public Action<RiscVHart, ulong, ulong>? Change { get; init; }

    /// <summary>The slot of the state that has the register; 0 where it is not as simple.</summary>
    public int Slot { get; init; }

    /// <summary>The bits of the slot that reads show.</summary>
    public ulong Visible { get; init; } = ulong.MaxValue;

    /// <summary>The bits of the slot that can be written.</summary>
    public ulong Writable { get; init; }

    /// <summary>Bits of which every write needs <see cref="Write"/>.</summary>
    public ulong Checked { get; init; }

    /// <summary>Bits of the slot that end a block when they become set: interrupts may be due then.</summary>
    public ulong Enabling { get; init; }

    /// <summary>What cannot be written of the slot is another register's.</summary>
    public bool SharesSlot { get; init; }

    /// <summary>Bits of the slot whose change ends a block.</summary>
    public ulong Steering { get; init; }

    /// <summary>Shows FS and SD, which have a slot of their own.</summary>
    public bool ShowsFloatStatus { get; init; }

    /// <summary>What <see cref="Write"/> does matters to the instructions that follow: translation, interrupts, privilege.</summary>
    public bool EndsBlock { get; init; } = true;

    public bool IsReadOnly => (Number & 0xc00) == 0xc00;

    public Privilege LowestPrivilege => (Privilege)((Number >> 8) & 3);

    /// <summary>Whether semantics may do an access by the slot alone; <paramref name="touched"/> are the bits that may change.</summary>
    public bool IsBySlot(CsrAccess access, ulong touched) => Slot != 0 && ((access & ~CsrAccess.NoRead) == CsrAccess.ReadOnly || (touched & Checked) == 0);

    /// <summary>The value as the guest sees it.</summary>
    public ulong Load(RiscVHart hart)
    {
        if (Read is not null) return Read(hart);
        var value = hart.Slot(Slot) & Visible;
        return ShowsFloatStatus ? value | Mstatus.FromFloatStatus(hart.Registers.FloatStatus) : value;
    }

    /// <summary>Stores a value, or the change that leads to it.</summary>
    public void Store(RiscVHart hart, ulong value, ulong set, ulong clear)
    {
        if (Write is not null) Write(hart, value);
        else if (Change is not null) Change(hart, set, clear);
        else if (Slot != 0) hart.Slot(Slot) = value & Writable;
    }
}
