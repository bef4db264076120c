namespace Mimus.Control.Gdb;

/// <summary>Numbers of error answers, after the host's errno as gdb's manual has it.</summary>
internal enum GdbError : byte
{
    /// <summary>The machine cannot do this now.</summary>
    NotPermitted = 1,

    /// <summary>There is no memory at the address, or none that may be touched.</summary>
    BadAddress = 14,

    /// <summary>The request makes no sense.</summary>
    Invalid = 22,

    /// <summary>There are too many already.</summary>
    NoSpace = 28,
}
