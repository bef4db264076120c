namespace Mimus.Isa.X86;

/// <summary>What a processor asks for the vector of an interrupt: a local APIC, or a pair of 8259s. Called on the processor's thread.</summary>
public interface IInterruptController
{
    /// <summary>Whether an interrupt is pending that may be delivered at the processor's present priority.</summary>
    bool IsPending { get; }

    /// <summary>Takes the pending interrupt into service; its vector, or -1 when it has gone.</summary>
    int Acknowledge();

    /// <summary>The task priority, which CR8 shows.</summary>
    byte TaskPriority { get; set; }
}
