using Mimus.Core.Timing;

namespace Mimus.Translation.X64;

/// <summary>What the compiler has to know of the machine around.</summary>
/// <param name="FloatFlagsSlot">The slot with the sticky flags.</param>
/// <param name="SharesMemory">Other vCPUs write the same memory.</param>
/// <param name="HasReservations">The guest has load-reserved: then stores to shared memory look at reservations.</param>
/// <param name="CountsInstructions">Code is left before a block that would run past the limit of instructions.</param>
/// <param name="Time">How the processor's time is computed; null where no unit reads it.</param>
internal sealed record CompilerSettings(int FloatFlagsSlot, bool SharesMemory, bool HasReservations, bool CountsInstructions, TickSource? Time)
{
    public bool LooksAtReservations => SharesMemory && HasReservations;

    /// <summary>
    /// Emitted code reserves by itself. It does not compare what it replaces, which a store-conditional of C# does: where every
    /// run is to be the same, it must not matter which of the two does it.
    /// </summary>
    public bool ReservesInline => !SharesMemory && !CountsInstructions;
}
