namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Fields of mstatus and sstatus (Privileged manual, section 3.1.6).</summary>
internal static class Mstatus
{
    public const ulong Sie = 1 << 1;
    public const ulong Mie = 1 << 3;
    public const ulong Spie = 1 << 5;
    public const ulong Mpie = 1 << 7;
    public const ulong Spp = 1 << 8;
    public const ulong Mpp = 3 << MppShift;
    public const ulong Fs = 3 << FsShift;
    public const ulong Mprv = 1 << 17;
    public const ulong Sum = 1 << 18;
    public const ulong Mxr = 1 << 19;
    public const ulong Tvm = 1 << 20;
    public const ulong Tw = 1 << 21;
    public const ulong Tsr = 1 << 22;
    public const ulong Sd = 1ul << 63;

    public const int MppShift = 11;

    /// <summary>From SIE to SPIE and from MIE to MPIE.</summary>
    public const int PreviousShift = 4;

    public const int FsShift = 13;

    /// <summary>UXL and SXL: both are fixed at 64 bits.</summary>
    public const ulong UserWidth = 2ul << 32;
    public const ulong SupervisorWidth = 2ul << 34;

    /// <summary><see cref="RiscVState.FloatStatus"/> for dirty.</summary>
    public const ulong FloatDirty = ulong.MaxValue;

    /// <summary>What can be written; FS has a slot of its own.</summary>
    public const ulong MachineWritable = Sie | Mie | Spie | Mpie | Spp | Mpp | Mprv | Sum | Mxr | Tvm | Tw | Tsr;

    public const ulong SupervisorWritable = Sie | Spie | Spp | Sum | Mxr;

    /// <summary>Fields that decide how addresses are translated.</summary>
    public const ulong Translating = Mpp | Mprv | Sum | Mxr;

    /// <summary>FS as the state keeps it.</summary>
    public static ulong FloatStatusOf(ulong status) => (status & Fs) == Fs ? FloatDirty : (status & Fs) >> FsShift;

    /// <summary>FS and SD as the guest sees them.</summary>
    public static ulong FromFloatStatus(ulong floatStatus) => (floatStatus << FsShift) & (Fs | Sd);
}
