namespace Mimus.Isa.X86;

/// <summary>Works the arithmetic flags out of what they were left as: an engine, whose operations the formulas are written in.</summary>
public interface IFlagReader
{
    /// <summary>The flags at their places in EFLAGS.</summary>
    ulong ReadFlags();
}
