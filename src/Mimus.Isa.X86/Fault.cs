namespace Mimus.Isa.X86;

/// <summary>The vectors of exceptions (SDM volume 3, table 7-1).</summary>
public static class Fault
{
    public const int DivideError = 0, Debug = 1, NonMaskable = 2, Breakpoint = 3, Overflow = 4, BoundRange = 5, InvalidOpcode = 6, DeviceNotAvailable = 7,
        DoubleFault = 8, InvalidTss = 10, SegmentNotPresent = 11, StackSegment = 12, GeneralProtection = 13, PageFault = 14, FloatingPoint = 16,
        AlignmentCheck = 17, MachineCheck = 18, SimdFloatingPoint = 19;

    /// <summary>Whether an exception pushes an error code.</summary>
    public static bool HasErrorCode(int vector) => vector is DoubleFault or (>= InvalidTss and <= PageFault) or AlignmentCheck;
}
