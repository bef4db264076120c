namespace Mimus.Core.Cpus;

/// <summary>What stands still while a single instruction is run.</summary>
[Flags]
public enum StepOptions
{
    None = 0,

    /// <summary>Interrupts stay pending, so that a step shows the next instruction of the program and not a handler's first.</summary>
    HoldInterrupts = 1,

    /// <summary>The machine's time does not go on.</summary>
    HoldTime = 2,
}
