using System.Runtime.InteropServices;

namespace Mimus.Translation.Engine;

/// <summary>What emitted code needs of a context to go on in it.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal unsafe struct ContextRecord
{
    public const int Shift = 6, Bytes = 1 << Shift;

    public const int JumpsOffset = 0, MaskOffset = 8, LastOffset = 16, TranslationsOffset = 24, RoomOffset = 32, EpochOffset = 36;

    /// <summary>The entries of its jump table.</summary>
    public void* Jumps;

    /// <summary>The hash of an address, masked by this, is the distance of its entry in bytes.</summary>
    public ulong Mask;

    /// <summary>The last entry, which stays empty.</summary>
    public void* Last;

    /// <summary>Where data is.</summary>
    public TranslationEntry* Translations;

    /// <summary>How many entries of the jump table may still be filled. Emitted code fills some by itself.</summary>
    public int Room;

    /// <summary>The number of its mapping of code; 0 where C# has to look at the context before emitted code may go on in it.</summary>
    public int Epoch;
}
