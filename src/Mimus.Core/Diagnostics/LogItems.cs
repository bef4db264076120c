namespace Mimus.Core.Diagnostics;

/// <summary>What a machine can write to its log, by the names that <c>-d</c> uses.</summary>
[Flags]
public enum LogItems
{
    None = 0,

    /// <summary>The guest did what its hardware's manual forbids.</summary>
    GuestErrors = 1,

    /// <summary>The guest asked for something that Mimus does not have.</summary>
    Unimplemented = 2,

    /// <summary>Traps and interrupts as vCPUs take them.</summary>
    Interrupts = 4,

    /// <summary>Guest instructions when they are first met.</summary>
    Instructions = 8,

    /// <summary>Page-table walks that fail.</summary>
    PageFaults = 16,

    /// <summary>Accesses to device registers.</summary>
    DeviceAccesses = 32,

    /// <summary>Resets of the machine and its vCPUs.</summary>
    Resets = 64,

    /// <summary>The operations that the translator makes of guest code.</summary>
    Operations = 128,

    /// <summary>The host's code that it makes of them.</summary>
    MachineCode = 256,
}
