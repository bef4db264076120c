namespace Mimus;

/// <summary>How time passes in a machine that does the same in every run: it is counted in instructions.</summary>
public sealed record CountedTime
{
    /// <summary>8 nanoseconds an instruction: a machine of 125 million instructions a second.</summary>
    public const int StandardShift = 3;

    /// <summary>An instruction takes 2 to the power of this, in nanoseconds; from 0 to 10.</summary>
    public int Shift { get; init; } = StandardShift;

    /// <summary>A machine with nothing to run waits for the host's time to come to the next timer; else time jumps there.</summary>
    public bool SleepsWhenIdle { get; init; } = true;
}
