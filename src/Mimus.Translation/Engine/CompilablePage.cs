using System.Runtime.CompilerServices;

namespace Mimus.Translation.Engine;

/// <summary>A page of guest code as the translator sees it: how often its addresses were met, and what was compiled from it.</summary>
/// <param name="alignment">Instructions begin at multiples of two to the power of this.</param>
internal abstract unsafe class CompilablePage(int alignment)
{
    public const int PageSize = 4096;

    /// <summary>In a byte of heat: the address was reached by an indirect jump.</summary>
    private const byte JumpedTo = 0x80;

    private const byte MaximumHeat = JumpedTo - 1;

    private readonly byte[] _heat = new byte[PageSize >> alignment];

    /// <summary>The distance between places where an instruction may begin.</summary>
    public ulong Step => 1ul << alignment;

    /// <summary>The page in host memory.</summary>
    public abstract byte* Host { get; }

    /// <summary>What tells it from all other pages, and from the same one decoded in another way.</summary>
    public virtual byte* Identity => Host;

    /// <summary>How often the page's code was found to have changed.</summary>
    public int Version { get; protected set; }

    /// <summary>Code that was compiled from this page; null where there is none.</summary>
    public CompiledPage? Compiled { get; set; }

    /// <summary>Whether an address of the page was branched to, or has code.</summary>
    public bool WasMet(ulong pc) => (HeatOf(pc) & MaximumHeat) != 0 || (Compiled is not null && Compiled.Find(pc) != 0);

    public void MarkJumpedTo(ulong pc) => HeatOf(pc) |= JumpedTo;

    public bool IsJumpedTo(ulong pc) => (HeatOf(pc) & JumpedTo) != 0;

    /// <summary>Counts a branch to an address of the page; the count stays at its largest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Warm(ulong pc)
    {
        ref var heat = ref HeatOf(pc);
        if ((heat & MaximumHeat) != MaximumHeat) heat++;
        return heat & MaximumHeat;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte HeatOf(ulong pc) => ref _heat[(int)(pc & (PageSize - 1)) >> alignment];
}
