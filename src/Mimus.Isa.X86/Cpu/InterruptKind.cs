namespace Mimus.Isa.X86;

/// <summary>Where an interrupt comes from, which decides what is checked.</summary>
internal enum InterruptKind
{
    /// <summary>A device, or the processor itself.</summary>
    Hardware,

    /// <summary>INT n: the gate's privilege is checked.</summary>
    Software,

    /// <summary>INT3 and INTO: an exception that is checked like INT n.</summary>
    SoftwareException,
}
