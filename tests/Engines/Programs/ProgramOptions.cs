using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>What kind of random programs is wanted.</summary>
internal sealed record ProgramOptions
{
    /// <summary>
    /// Interrupts may come at any time and must not show: the program runs below machine mode, reads no counters, and has no
    /// reservations, which an interrupt may take away.
    /// </summary>
    public bool Interruptible { get; init; }

    /// <summary>The hart's timer interrupts the program again and again, wherever it is.</summary>
    public bool HasTimer { get; init; }

    /// <summary>The program has reservations; they are lost when a machine is saved and restored.</summary>
    public bool HasReservations { get; init; } = true;

    /// <summary>The hart may write to what it has reserved; whether its store-conditional succeeds then is left to engines, unless they count.</summary>
    public bool WritesInReservations { get; init; }

    /// <summary>The machine has a <see cref="Machines.ProbeDevice"/>.</summary>
    public bool HasDevice { get; init; } = true;

    /// <summary>About how many instructions to run, within the number of iterations that is allowed.</summary>
    public long Instructions { get; init; } = 30_000;

    public int MinimumIterations { get; init; } = 20;

    public int MaximumIterations { get; init; } = 200;

    public BlockKind PickKind(Random random) => (Interruptible ? 3 + random.Next(6) : random.Next(9)) switch
    {
        < 2 => BlockKind.Machine,
        2 => BlockKind.MachineAsUser,
        3 => BlockKind.Supervisor,
        4 => BlockKind.User,
        < 7 => BlockKind.PagedSupervisor,
        _ => BlockKind.PagedUser,
    };
}
