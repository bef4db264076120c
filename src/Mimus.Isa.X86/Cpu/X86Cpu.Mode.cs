using System.Runtime.CompilerServices;

namespace Mimus.Isa.X86;

/// <content>What the control registers and segments add up to.</content>
public sealed unsafe partial class X86Cpu
{
    /// <summary>So many address spaces keep their translations, by their identifiers.</summary>
    private const int AddressSpaceCount = 16, ContextsPerSpace = 16;

    public const int SystemContext = 0, UserContext = 1;

    private const int SystemReachesUserContext = 2;

    /// <summary>What an instruction's address leads to depends on how it is decoded, too: engines that remember code do so by context.</summary>
    private const int LongContext = 0, FlatContext = 4, OtherContext = 8;

    private readonly int[] _identifiers = new int[AddressSpaceCount];
    private int _space, _nextSpace, _codeContext;

    /// <summary>What decides how bytes are decoded, see <see cref="CodeMode"/>.</summary>
    public CodeMode Mode { get; private set; }

    public bool IsReal => (_state->Cr0 & Cr0.Protection) == 0;

    public bool IsVirtual8086
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_state->SystemFlags & EFlags.Virtual8086) != 0;
    }

    /// <summary>Segments are loaded as in real mode.</summary>
    internal bool HasRealSegments => IsReal || IsVirtual8086;

    public bool IsLongActive
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_state->Efer & Efer.LongActive) != 0;
    }

    internal bool IsLongCode => Mode.CodeBits == 64;

    public override int FetchContext => (int)_state->Context + (_state->Cpl == 3 ? UserContext : SystemContext);

    public override int DataContext => (int)_state->Context + (_state->Cpl == 3 ? UserContext
        : (_state->SystemFlags & EFlags.AlignmentCheck) != 0 ? SystemReachesUserContext : SystemContext);

    /// <summary>Works the mode out anew: after any change of segments, CR0, EFER or the VM flag.</summary>
    internal void ModeChanged()
    {
        ref var code = ref _state->Segment(SegmentNumber.Cs);
        ref var stack = ref _state->Segment(SegmentNumber.Ss);
        var isLong = IsLongActive && (code.Attributes & Descriptor.Long) != 0;
        var codeBits = isLong ? 64 : (code.Attributes & Descriptor.Big) != 0 && !IsVirtual8086 ? 32 : 16;
        var stackBits = isLong ? 64 : (stack.Attributes & Descriptor.Big) != 0 ? 32 : 16;
        Mode = new CodeMode(codeBits, stackBits, isLong || (IsFlat(code, forWriting: false) && IsFlat(stack, forWriting: true)
            && IsFlat(_state->Segment(SegmentNumber.Ds), forWriting: true) && IsFlat(_state->Segment(SegmentNumber.Es), forWriting: true)));
        _codeContext = isLong ? LongContext : Mode is { IsFlat: true, CodeBits: 32, StackBits: 32 } ? FlatContext : OtherContext;
        UpdateContext();
        UpdateVectors();
    }

    private void UpdateContext() => _state->Context = (ulong)((_space * ContextsPerSpace) + _codeContext);

    internal void ForgetTranslations()
    {
        Array.Fill(_identifiers, -1);
        _identifiers[0] = 0;
        _space = _nextSpace = 0;
        UpdateContext();
        _systemMemory.Forget();
        Caches.FlushTranslations();
    }

    /// <summary>A load of CR3: another address space, whose old translations go unless the guest asks to keep them.</summary>
    internal void SetRoot(ulong value)
    {
        const ulong Keep = 1ul << 63;
        _systemMemory.Forget();
        _state->Cr3 = value & ~Keep;
        var keeps = (_state->Cr4 & Cr4.ContextIdentifiers) != 0 && (value & Keep) != 0;
        _space = (_state->Cr4 & Cr4.ContextIdentifiers) != 0 ? SpaceOf((int)(value & 0xfff), ref keeps) : 0;
        UpdateContext();
        if (!keeps) Caches.FlushLocal(_space * ContextsPerSpace, ContextsPerSpace);
    }

    internal void FlushPage(ulong address)
    {
        _systemMemory.Forget();
        Caches.FlushPage(address);
    }

    /// <summary>SSE, AVX and x87 run or fault by a handful of bits; semantics look at one slot.</summary>
    internal void UpdateVectors()
    {
        var switched = (_state->Cr0 & Cr0.TaskSwitched) != 0;
        var sse = (_state->Cr4 & Cr4.FxSave) != 0 && (_state->Cr0 & Cr0.Emulation) == 0;
        var avx = sse && (_state->Cr4 & Cr4.XSave) != 0 && (_state->Xcr0 & 6) == 6 && !IsReal && !IsVirtual8086;
        _state->VectorsEnabled = (sse ? Vectors.Sse : 0) | (avx ? Vectors.Avx : 0) | ((_state->Cr0 & Cr0.Emulation) == 0 ? Vectors.Legacy : 0)
            | (switched ? Vectors.Switched : 0);
    }

    private static bool IsFlat(in SegmentState segment, bool forWriting) => segment.Base == 0 && segment.Low == 0 && segment.ReadEnd == 1ul << 32
        && (!forWriting || segment.WriteEnd == 1ul << 32);

    private int SpaceOf(int identifier, ref bool keeps)
    {
        var found = Array.IndexOf(_identifiers, identifier);
        if (found >= 0) return found;
        keeps = false;
        _nextSpace = (_nextSpace + 1) % AddressSpaceCount;
        _identifiers[_nextSpace] = identifier;
        return _nextSpace;
    }
}
