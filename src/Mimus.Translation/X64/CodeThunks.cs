using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.X64;

/// <summary>The pieces of emitted code that all blocks share: ways in, ways out, and the call of C#.</summary>
internal sealed unsafe class CodeThunks
{
    /// <summary>From a callout: emitted code is left, C# has set the program counter and everything else.</summary>
    public const int LeaveCode = 1;

    /// <summary>What rsp is lowered by besides the saved registers: the spills, and 8 bytes so that calls are aligned.</summary>
    private const int FrameBytes = (HostLayout.SpillCount * 8) + 8;

    private const int PageShift = 12;

    private static readonly Gpr[] s_saved = [Gpr.Rbx, Gpr.Rbp, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15];

    private readonly byte*[] _leave = new byte*[Enum.GetValues<LeaveReason>().Length];
    private readonly bool _guestHasControl;
    private byte* _common;

    /// <summary>Emits them; the callout is a C# method: <c>nint (CallFrame*, nint site, byte* state)</c>, whose result is 0 to go on
    /// behind the call, <see cref="LeaveCode"/>, or an address of code to go on at, for which all is in the state.</summary>
    public CodeThunks(byte* at, delegate* unmanaged<CallFrame*, nint, byte*, nint> callout, bool guestHasControl, out byte* end)
    {
        _guestHasControl = guestHasControl;
        var asm = new Assembler(at);
        EmitEnter(ref asm);
        EmitLeave(ref asm);
        EmitFind(ref asm);
        CalloutWithFloats = EmitCallout(ref asm, callout, savesXmms: true);
        Callout = EmitCallout(ref asm, callout, savesXmms: false);
        asm.Align(64);
        end = asm.Position;
    }

    /// <summary><c>void (byte* state, byte* code)</c>: runs emitted code until it leaves.</summary>
    public byte* Enter { get; private set; }

    /// <summary>Called with the number of a site on the stack, where no floating point has run in the block; xmm registers are lost.</summary>
    public byte* Callout { get; }

    /// <summary>The same, where some may have, and xmm registers are kept.</summary>
    public byte* CalloutWithFloats { get; }

    /// <summary>Goes on at the address in rax in the context whose record is in rcx.</summary>
    public byte* EnterContext { get; private set; }

    /// <summary>Leaves with the address in rax to go on at, and the number in edi of the exit that led here.</summary>
    public byte* FindAndLink { get; private set; }

    /// <summary>The same, but first looks into the jump table: for an exit that holds under another mapping only.</summary>
    public byte* ProbeAndLink { get; private set; }

    /// <summary>To the address in rax, if nothing wants attention.</summary>
    public byte* PollAndJump { get; private set; }

    /// <summary>On with what <see cref="EmitProbe"/> began.</summary>
    public byte* Search { get; private set; }

    /// <summary>Leaves for a reason, with the address in rax to go on at.</summary>
    public byte* LeaveFor(LeaveReason reason) => _leave[(int)reason];

    private void EmitEnter(ref Assembler asm)
    {
        asm.Align(64);
        Enter = asm.Position;
        foreach (var register in s_saved) asm.Push(register);
        asm.Alu(AluOp.Sub, true, Gpr.Rsp, FrameBytes);
        asm.LoadAddress(true, HostLayout.State, new Address(Gpr.Rdi, HostLayout.StateBias));
        asm.Load(MemorySize.Double, false, HostLayout.Translations, HostLayout.Engine(HostLayout.CurrentTranslations));
        asm.Alu(AluOp.Xor, false, HostLayout.Retired, HostLayout.Retired);
        asm.LoadControl(HostLayout.Engine(HostLayout.GuestControl));
        asm.Jump(Gpr.Rsi);
    }

    private void EmitLeave(ref Assembler asm)
    {
        asm.Align(64);
        _common = asm.Position;
        asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.RetiredOnLeave), HostLayout.Retired);
        LeaveControl(ref asm, floatsRan: true);
        asm.Alu(AluOp.Add, true, Gpr.Rsp, FrameBytes);
        for (var i = s_saved.Length - 1; i >= 0; i--) asm.Pop(s_saved[i]);
        asm.Return();
        foreach (var reason in Enum.GetValues<LeaveReason>())
        {
            _leave[(int)reason] = asm.Position;
            if (reason != LeaveReason.Done) asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.NextPc), Gpr.Rax);
            asm.StoreImmediate(MemorySize.Word, HostLayout.Engine(HostLayout.Exit), -1);
            asm.StoreImmediate(MemorySize.Word, HostLayout.Engine(HostLayout.Reason), (int)reason);
            asm.Jump(_common);
        }
    }

    private void EmitFind(ref Assembler asm)
    {
        asm.Align(16);
        FindAndLink = asm.Position;
        asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.NextPc), Gpr.Rax);
        asm.Store(MemorySize.Word, HostLayout.Engine(HostLayout.Exit), Gpr.Rdi);
        asm.StoreImmediate(MemorySize.Word, HostLayout.Engine(HostLayout.Reason), (int)LeaveReason.Find);
        asm.Jump(_common);

        asm.Align(16);
        ProbeAndLink = asm.Position;
        EmitProbe(ref asm);
        EmitSearch(ref asm, FindAndLink);
        asm.Align(16);
        PollAndJump = asm.Position;
        asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        asm.JumpIf(Condition.NotEqual, LeaveFor(LeaveReason.Find));
        EmitProbe(ref asm);
        Search = asm.Position;
        EmitSearch(ref asm, LeaveFor(LeaveReason.Find));
        EmitEnterContext(ref asm);
    }

    /// <summary>On at the address in rax in the context whose record is in rcx.</summary>
    private void EmitEnterContext(ref Assembler asm)
    {
        asm.Align(16);
        EnterContext = asm.Position;
        asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.CurrentContext), Gpr.Rcx);
        asm.Load(MemorySize.Double, false, HostLayout.Translations, new Address(Gpr.Rcx, ContextRecord.TranslationsOffset));
        asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.CurrentTranslations), HostLayout.Translations);
        foreach (var (from, to, size) in (ReadOnlySpan<(int, int, MemorySize)>)
        [
            (ContextRecord.JumpsOffset, HostLayout.JumpTable, MemorySize.Double), (ContextRecord.MaskOffset, HostLayout.JumpMask, MemorySize.Double),
            (ContextRecord.EpochOffset, HostLayout.Epoch, MemorySize.Word),
        ])
        {
            asm.Load(size, false, Gpr.Rdx, new Address(Gpr.Rcx, from));
            asm.Store(size, HostLayout.Engine(to), Gpr.Rdx);
        }
        EmitProbe(ref asm);
        asm.Jump(Search);
    }

    /// <summary>
    /// Jumps to the code of the address in rax if the jump table has it where it looks first; else falls through, to be followed by a jump
    /// to <see cref="Search"/>. Keeps rax and rdi.
    /// </summary>
    public static void EmitProbe(ref Assembler asm)
    {
        asm.Alu(AluOp.Xor, false, Gpr.Rcx, Gpr.Rcx);
        asm.Crc32(Gpr.Rcx, Gpr.Rax);
        asm.Alu(AluOp.And, true, Gpr.Rcx, HostLayout.Engine(HostLayout.JumpMask));
        asm.Alu(AluOp.Add, true, Gpr.Rcx, HostLayout.Engine(HostLayout.JumpTable));
        asm.LoadAddress(true, Gpr.Rdx, new Address(Gpr.Rax, 1));
        asm.Alu(AluOp.Cmp, true, Gpr.Rdx, new Address(Gpr.Rcx));
        var other = asm.ShortJumpIfForward(Condition.NotEqual);
        asm.Jump(new Address(Gpr.Rcx, JumpTable.CodeOffset));
        asm.BindShort(other);
    }

    /// <summary>Goes on in the jump table up to an empty entry, which is filled by what other contexts know; where they know nothing it goes elsewhere.</summary>
    private static void EmitSearch(ref Assembler asm, byte* missing)
    {
        var next = asm.Position;
        asm.Alu(AluOp.Cmp, true, new Address(Gpr.Rcx), 0);
        var empty = asm.ShortJumpIfForward(Condition.Equal);
        asm.Alu(AluOp.Add, true, Gpr.Rcx, JumpTable.EntryBytes);
        asm.Alu(AluOp.Cmp, true, Gpr.Rdx, new Address(Gpr.Rcx));
        asm.JumpIf(Condition.NotEqual, next);
        asm.Jump(new Address(Gpr.Rcx, JumpTable.CodeOffset));
        asm.BindShort(empty);
        EmitFindHostPage(ref asm, missing);
        EmitSearchShared(ref asm, missing);
        // Found; the empty entry of the jump table gets it, if there is room.
        asm.Load(MemorySize.Double, false, Gpr.R8, new Address(Gpr.R10, SharedCode.CodeOffset));
        asm.Load(MemorySize.Double, false, Gpr.R9, HostLayout.Engine(HostLayout.CurrentContext));
        asm.Alu(AluOp.Cmp, true, Gpr.Rcx, new Address(Gpr.R9, ContextRecord.LastOffset));
        asm.JumpIf(Condition.Equal, missing);
        asm.Alu(AluOp.Sub, false, new Address(Gpr.R9, ContextRecord.RoomOffset), 1);
        asm.JumpIf(Condition.Sign, missing);
        asm.Store(MemorySize.Double, new Address(Gpr.Rcx, JumpTable.CodeOffset), Gpr.R8);
        asm.Store(MemorySize.Double, new Address(Gpr.Rcx), Gpr.Rdx);
        asm.Jump(Gpr.R8);
    }

    /// <summary>r9: the page in host memory that the address in rax is on.</summary>
    private static void EmitFindHostPage(ref Assembler asm, byte* missing)
    {
        asm.Move(true, Gpr.R8, Gpr.Rax);
        asm.Shift(ShiftOp.Shr, true, Gpr.R8, PageShift);
        asm.Alu(AluOp.And, false, Gpr.R8, SharedCode.PageEntryCount - 1);
        asm.Shift(ShiftOp.Shl, false, Gpr.R8, SharedCode.PageEntryShift);
        asm.Alu(AluOp.Add, true, Gpr.R8, HostLayout.Engine(HostLayout.FetchedPages));
        asm.Move(true, Gpr.R9, Gpr.Rax);
        asm.Alu(AluOp.And, true, Gpr.R9, -(1 << PageShift));
        asm.Alu(AluOp.Cmp, true, Gpr.R9, new Address(Gpr.R8));
        asm.JumpIf(Condition.NotEqual, missing);
        asm.Load(MemorySize.Word, false, Gpr.R10, HostLayout.Engine(HostLayout.Epoch));
        asm.Alu(AluOp.Cmp, true, Gpr.R10, new Address(Gpr.R8, SharedCode.MappingOffset));
        asm.JumpIf(Condition.NotEqual, missing);
        asm.Load(MemorySize.Double, false, Gpr.R9, new Address(Gpr.R8, SharedCode.PageOffset));
    }

    /// <summary>r10: the entry of the code for the address in rax, whose tag is in rdx, on the page in r9.</summary>
    private static void EmitSearchShared(ref Assembler asm, byte* missing)
    {
        asm.Alu(AluOp.Xor, false, Gpr.R8, Gpr.R8);
        asm.Crc32(Gpr.R8, Gpr.Rax);
        asm.Crc32(Gpr.R8, Gpr.R9);
        asm.Shift(ShiftOp.Shl, true, Gpr.R8, SharedCode.CodeEntryShift);
        var next = asm.Position;
        asm.Alu(AluOp.And, true, Gpr.R8, HostLayout.Engine(HostLayout.SharedMask));
        asm.Load(MemorySize.Double, false, Gpr.R10, HostLayout.Engine(HostLayout.SharedCodes));
        asm.Alu(AluOp.Add, true, Gpr.R10, Gpr.R8);
        asm.Alu(AluOp.Cmp, true, new Address(Gpr.R10), 0);
        asm.JumpIf(Condition.Equal, missing);
        asm.Alu(AluOp.Add, true, Gpr.R8, 1 << SharedCode.CodeEntryShift);
        asm.Alu(AluOp.Cmp, true, Gpr.Rdx, new Address(Gpr.R10));
        asm.JumpIf(Condition.NotEqual, next);
        asm.Alu(AluOp.Cmp, true, Gpr.R9, new Address(Gpr.R10, SharedCode.CodePageOffset));
        asm.JumpIf(Condition.NotEqual, next);
    }

    /// <summary>C# computes with a control of its own, where the guest's may be another.</summary>
    private void LeaveControl(ref Assembler asm, bool floatsRan)
    {
        if (floatsRan) asm.StoreControl(HostLayout.Engine(HostLayout.GuestControl));
        else EmitCollectFlags(ref asm);
        if (!_guestHasControl) return;
        const int Flags = 0x3f;
        asm.Load(MemorySize.Word, false, Gpr.Rax, HostLayout.Engine(HostLayout.GuestControl));
        asm.Alu(AluOp.And, false, Gpr.Rax, ~Flags);
        asm.Alu(AluOp.Cmp, false, Gpr.Rax, HostLayout.Engine(HostLayout.HostControl));
        var isSame = asm.ShortJumpIfForward(Condition.Equal);
        asm.LoadControl(HostLayout.Engine(HostLayout.HostControl));
        asm.BindShort(isSame);
    }

    /// <summary>Reading the control word takes as long as all else that a call does, so it is left alone where no floating point has run.</summary>
    private static void EmitCollectFlags(ref Assembler asm)
    {
        asm.CompareByte(HostLayout.Engine(HostLayout.FloatsRan), 0);
        var none = asm.ShortJumpIfForward(Condition.Equal);
        asm.StoreControl(HostLayout.Engine(HostLayout.GuestControl));
        asm.StoreImmediate(MemorySize.Byte, HostLayout.Engine(HostLayout.FloatsRan), 0);
        asm.BindShort(none);
    }

    private byte* EmitCallout(ref Assembler asm, delegate* unmanaged<CallFrame*, nint, byte*, nint> callout, bool savesXmms)
    {
        asm.Align(64);
        var start = asm.Position;
        asm.Alu(AluOp.Sub, true, Gpr.Rsp, HostLayout.CallFrameBytes);
        for (var r = Gpr.Rax; r <= Gpr.R15; r++)
        {
            if (r != Gpr.Rsp) asm.Store(MemorySize.Double, new Address(Gpr.Rsp, 8 * (int)r), r);
        }
        for (var x = Xmm.Xmm0; savesXmms && x <= Xmm.Xmm15; x++) asm.StoreVector(false, new Address(Gpr.Rsp, 128 + (16 * (int)x)), x);
        LeaveControl(ref asm, floatsRan: savesXmms);
        asm.Move(true, Gpr.Rdi, Gpr.Rsp);
        asm.Load(MemorySize.Word, false, Gpr.Rsi, new Address(Gpr.Rsp, HostLayout.CallFrameBytes + 8));
        asm.LoadAddress(true, Gpr.Rdx, new Address(HostLayout.State, -HostLayout.StateBias));
        asm.MoveImmediate(Gpr.Rax, (ulong)(nint)callout);
        asm.Call(Gpr.Rax);
        asm.Load(MemorySize.Double, false, HostLayout.Retired, new Address(Gpr.Rsp, 8 * (int)HostLayout.Retired));
        asm.LoadControl(HostLayout.Engine(HostLayout.GuestControl));
        asm.Test(true, Gpr.Rax, Gpr.Rax);
        var leaves = asm.JumpIfForward(Condition.NotEqual);
        for (var x = Xmm.Xmm0; savesXmms && x <= Xmm.Xmm15; x++) asm.LoadVector(false, x, new Address(Gpr.Rsp, 128 + (16 * (int)x)));
        for (var r = Gpr.Rax; r < Gpr.R14; r++)
        {
            if (r == HostLayout.Translations) asm.Load(MemorySize.Double, false, r, HostLayout.Engine(HostLayout.CurrentTranslations));
            else if (r != Gpr.Rsp) asm.Load(MemorySize.Double, false, r, new Address(Gpr.Rsp, 8 * (int)r));
        }
        asm.LoadAddress(true, Gpr.Rsp, new Address(Gpr.Rsp, HostLayout.CallFrameBytes));
        asm.Return();
        asm.Bind(leaves);
        asm.LoadAddress(true, Gpr.Rsp, new Address(Gpr.Rsp, HostLayout.CallFrameBytes + 16));
        asm.Alu(AluOp.Cmp, true, Gpr.Rax, LeaveCode);
        asm.JumpIf(Condition.Equal, LeaveFor(LeaveReason.Done));
        asm.Load(MemorySize.Double, false, HostLayout.Translations, HostLayout.Engine(HostLayout.CurrentTranslations));
        asm.Jump(Gpr.Rax);
        return start;
    }
}
