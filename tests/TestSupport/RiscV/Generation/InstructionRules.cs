namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>What random instructions must leave alone, as the program around them needs it.</summary>
public sealed record InstructionRules
{
    /// <summary>Registers that are not written.</summary>
    public Func<int, bool> IsReserved { get; init; } = Pointers.IsReserved;

    /// <summary>Instructions that are not drawn, by name.</summary>
    public Func<string, bool> Forbids { get; init; } = _ => false;

    /// <summary>Stores go only where pointers lead: other registers may hold addresses of what the program needs.</summary>
    public bool StoresByPointers { get; init; }

    /// <summary>
    /// Between a load-reserved and its store-conditional the hart may write to memory. Whether the latter then succeeds is the
    /// implementation's choice (Unprivileged manual, section 13.2); QEMU and the evaluator let it fail when the value has changed.
    /// </summary>
    public bool WritesInReservations { get; init; } = true;

    public CsrRules Csrs { get; init; } = CsrRules.Standard;

    /// <summary>
    /// Whether registers hold the values that <see cref="CsrRules.HasLegalValue"/> names; when not, those control registers are not
    /// touched and the registers are free.
    /// </summary>
    public bool HasLegalValues { get; init; } = true;
}
