namespace Mimus.Isa.X86;

/// <summary>Segment registers, with the numbers of the encodings; behind them the system segments.</summary>
public enum SegmentNumber
{
    Es,
    Cs,
    Ss,
    Ds,
    Fs,
    Gs,
    Ldt,
    Task,
}
