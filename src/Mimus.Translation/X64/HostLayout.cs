using Mimus.Core.Cpus;

namespace Mimus.Translation.X64;

/// <summary>
/// Which registers emitted code keeps for good, and where it finds what it shares with C#. The rest of the general registers and all xmm
/// registers hold guest values.
/// </summary>
internal static class HostLayout
{
    /// <summary>The CPU's state, from the middle of its first slots, so that the first 32 are reached with a short displacement.</summary>
    public const Gpr State = Gpr.R14;

    /// <summary>The current context's translations for reads; those for writes are at a fixed distance.</summary>
    public const Gpr Translations = Gpr.R12;

    /// <summary>Guest instructions that have retired since emitted code was entered.</summary>
    public const Gpr Retired = Gpr.R15;

    /// <summary>How far the state register points into the state.</summary>
    public const int StateBias = 128;

    /// <summary>The word that other threads write to get attention.</summary>
    public const int Attention = CpuMemory.AttentionOffset - StateBias;

    /// <summary>The entries of the current context's jump table, and the mask of their distances.</summary>
    public const int JumpTable = -256, JumpMask = -352;

    /// <summary>The records of all contexts, and the current one's.</summary>
    public const int Contexts = -376, CurrentContext = -368;

    /// <summary>The tables of <see cref="Engine.SharedCode"/>: of pages, of code, and the mask of the latter's distances.</summary>
    public const int FetchedPages = -384, SharedCodes = -392, SharedMask = -400;

    /// <summary>Where the guest goes on, for whoever is returned to.</summary>
    public const int NextPc = -264;

    /// <summary>The exit that led out, so that it can be linked; or -1.</summary>
    public const int Exit = -268;

    /// <summary>The number of the current mapping of code: each context gets a new one after each flush.</summary>
    public const int Epoch = -272;

    /// <summary>Guest's floating-point control and flags while C# runs; C#'s while the guest runs.</summary>
    public const int GuestControl = -276, HostControl = -280;

    /// <summary>A byte, not zero when the host's floating point may have flags that <see cref="GuestControl"/> lacks.</summary>
    public const int FloatsRan = -404;

    /// <summary>The marks of reservations.</summary>
    public const int ReservationMarks = -288;

    /// <summary>What this vCPU has reserved: the address of a granule's number.</summary>
    public const int ReservedGranule = -296;

    /// <summary>The value that the last load-reserved saw.</summary>
    public const int ReservedValue = -304;

    /// <summary>The instructions retired when emitted code was left.</summary>
    public const int RetiredOnLeave = -312;

    /// <summary>Why emitted code was left: an <see cref="LeaveReason"/>.</summary>
    public const int Reason = -316;

    /// <summary>The handle of the C# object of this vCPU.</summary>
    public const int Owner = -344;

    /// <summary>Room for a moment.</summary>
    public const int Scratch = -336;

    /// <summary>The table of current translations, for when it changed inside a call.</summary>
    public const int CurrentTranslations = -328;

    /// <summary>How many instructions may retire before emitted code is left, where they are counted.</summary>
    public const int InstructionLimit = -360;

    /// <summary>Counters of block entries, 32 bits each.</summary>
    public const int Heat = -StateBias - CpuMemory.EngineBytes;

    public const int HeatCount = 16384;

    /// <summary>Room for spilled values in the frame of emitted code.</summary>
    public const int SpillCount = 64;

    /// <summary>Bytes of the frame that holds the registers during a call to C#: general ones by number, then xmm.</summary>
    public const int CallFrameBytes = 128 + (16 * 16);

    public static Address Slot(int slot) => new(State, (8 * slot) - StateBias);

    public static Address Engine(int offset) => new(State, offset);

    public static Address Spill(int index) => new(Gpr.Rsp, 8 * index);
}

/// <summary>Why emitted code returned.</summary>
internal enum LeaveReason
{
    /// <summary>The code of an address has to be found, or something wants attention.</summary>
    Find,

    /// <summary>A block was entered often.</summary>
    Hot,

    /// <summary>The block at an address is longer than what may still be run.</summary>
    Limit,

    /// <summary>The call that led out has set the program counter and everything else.</summary>
    Done,
}
