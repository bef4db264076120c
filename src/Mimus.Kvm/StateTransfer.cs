using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>
/// Moves the registers between the one state of a processor and the kernel's structures. A row says which two places belong together; the direction is
/// the same for all.
/// </summary>
internal readonly unsafe ref struct StateTransfer(bool toKernel, ref X86State state)
{
    private readonly ref X86State _state = ref state;

    /// <summary>The kernel's order of the general registers, by our numbers.</summary>
    private static ReadOnlySpan<byte> GeneralOrder => [Slot.Rax, Slot.Rbx, Slot.Rcx, Slot.Rdx, Slot.Rsi, Slot.Rdi, Slot.Rsp, Slot.Rbp, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>All but the flags, which the processor puts together.</summary>
    public void General(Registers* kernel)
    {
        for (var i = 0; i < GeneralOrder.Length; i++) Word(ref _state.General[GeneralOrder[i]], ref kernel->General[i]);
        Word(ref _state.Rip, ref kernel->Rip);
    }

    /// <summary>Segments and control registers; the privilege level is the stack segment's (SDM volume 3, 25.4.1).</summary>
    public void System(SystemRegisters* kernel)
    {
        Word(ref _state.Cr0, ref kernel->Cr0);
        Word(ref _state.Cr2, ref kernel->Cr2);
        Word(ref _state.Cr3, ref kernel->Cr3);
        Word(ref _state.Cr4, ref kernel->Cr4);
        Word(ref _state.Cr8, ref kernel->Cr8);
        Word(ref _state.Efer, ref kernel->Efer);
        Table(ref _state.GdtBase, ref _state.GdtLimit, ref kernel->Gdt);
        Table(ref _state.IdtBase, ref _state.IdtLimit, ref kernel->Idt);
        Segment(SegmentNumber.Es, ref kernel->Es);
        Segment(SegmentNumber.Cs, ref kernel->Cs);
        Segment(SegmentNumber.Ss, ref kernel->Ss);
        Segment(SegmentNumber.Ds, ref kernel->Ds);
        Segment(SegmentNumber.Fs, ref kernel->Fs);
        Segment(SegmentNumber.Gs, ref kernel->Gs);
        Segment(SegmentNumber.Ldt, ref kernel->Ldt);
        Segment(SegmentNumber.Task, ref kernel->Task);
        const ulong Protection = 1;
        if (!toKernel) _state.Cpl = (_state.Cr0 & Protection) != 0 ? kernel->Ss.Privilege : 0u;
        else kernel->Ss.Privilege = (byte)_state.Cpl;
        // In real mode, too, hosts want the code's segment to be one for code.
        if (toKernel && (_state.Cr0 & Protection) == 0) kernel->Cs.Type |= 8;
    }

    public void Debug(DebugRegisters* kernel)
    {
        for (var i = 0; i < 4; i++) Word(ref _state.DebugAddresses[i], ref kernel->Addresses[i]);
        Word(ref _state.Dr6, ref kernel->Dr6);
        Word(ref _state.Dr7, ref kernel->Dr7);
    }

    public void ExtendedControl(ExtendedControls* kernel)
    {
        kernel->Count = 1;
        kernel->Entries[0] = 0; // XCR0
        Word(ref _state.Xcr0, ref kernel->Entries[1]);
    }

    /// <summary>x87, SSE and AVX, as XSAVE has them (SDM volume 1, 13.4); a part that is not in the image is as after a reset.</summary>
    public void Vectors(XsaveArea* kernel, bool hasUpperHalves)
    {
        const int Legacy = 4, VectorsAt = 20, PartsAt = 64, UpperHalvesAt = 72;
        const ulong X87 = 1, Sse = 2, Avx = 4, ResetControl = 0x37f, ResetMxcsr = 0x1f80;
        var words = kernel->Words;
        if (toKernel) words[PartsAt] = X87 | Sse | (hasUpperHalves ? Avx : 0);
        else
        {
            if ((words[PartsAt] & X87) == 0) (words[0], words[1], words[2]) = (ResetControl, 0, 0);
            if ((words[PartsAt] & (Sse | Avx)) == 0) words[3] = (words[3] & ~(ulong)uint.MaxValue) | ResetMxcsr;
        }
        Bits(ref _state.X87Control, ref words[0], 0, 16);
        Bits(ref _state.X87Status, ref words[0], 16, 16);
        Bits(ref _state.X87Used, ref words[0], 32, 8);
        Bits(ref _state.X87Opcode, ref words[0], 48, 11);
        Word(ref _state.X87Instruction, ref words[1]);
        Word(ref _state.X87Operand, ref words[2]);
        Bits(ref _state.Mxcsr, ref words[3], 0, 32);
        var hasX87 = (words[PartsAt] & X87) != 0;
        var top = (int)(_state.X87Status >> 11) & 7;
        for (var i = 0; i < 8; i++)
        {
            var place = ((top + i) & 7) * Slot.VectorSlots;
            Part(hasX87, ref _state.X87[place], ref words[Legacy + (i * 2)]);
            if (hasX87) Bits(ref _state.X87[place + 1], ref words[Legacy + (i * 2) + 1], 0, 16);
            else _state.X87[place + 1] = 0;
        }
        for (var i = 0; i < 16; i++)
        {
            for (var half = 0; half < 2; half++)
            {
                Part((words[PartsAt] & Sse) != 0, ref _state.VectorParts(i)[half], ref words[VectorsAt + (i * 2) + half]);
                if (hasUpperHalves) Part((words[PartsAt] & Avx) != 0, ref _state.VectorParts(i)[2 + half], ref words[UpperHalvesAt + (i * 2) + half]);
            }
        }
    }

    /// <summary>A word of a part that the image may leave out.</summary>
    private void Part(bool isPresent, ref ulong ours, ref ulong theirs)
    {
        if (toKernel) theirs = ours;
        else ours = isPresent ? theirs : 0;
    }

    private void Word(ref ulong ours, ref ulong theirs)
    {
        if (toKernel) theirs = ours;
        else ours = theirs;
    }

    private void Bits(ref ulong ours, ref ulong theirs, int shift, int width)
    {
        var mask = ((1ul << width) - 1) << shift;
        if (toKernel) theirs = (theirs & ~mask) | ((ours << shift) & mask);
        else ours = (theirs & mask) >> shift;
    }

    private void Table(ref ulong start, ref ulong limit, ref DescriptorTable theirs)
    {
        Word(ref start, ref theirs.Base);
        if (toKernel) theirs.Limit = (ushort)limit;
        else limit = theirs.Limit;
    }

    private void Segment(SegmentNumber number, ref Segment theirs)
    {
        ref var ours = ref _state.Segment(number);
        Word(ref ours.Base, ref theirs.Base);
        if (toKernel)
        {
            theirs.Limit = (uint)ours.Limit;
            theirs.Selector = (ushort)ours.Selector;
            theirs.Unusable = (byte)(ours.Attributes == 0 ? 1 : 0);
        }
        else
        {
            ours.Limit = theirs.Limit;
            ours.Selector = theirs.Selector;
            ours.Attributes = 0;
            if (theirs.Unusable != 0 || theirs.Present == 0) return;
        }
        // The access byte, and from bit 12 on the descriptor's flags.
        Field(ref ours, ref theirs.Type, 0, 15);
        Field(ref ours, ref theirs.NotSystem, 4, 1);
        Field(ref ours, ref theirs.Privilege, 5, 3);
        Field(ref ours, ref theirs.Present, 7, 1);
        Field(ref ours, ref theirs.Available, 12, 1);
        Field(ref ours, ref theirs.Long, 13, 1);
        Field(ref ours, ref theirs.Big, 14, 1);
        Field(ref ours, ref theirs.Granular, 15, 1);
    }

    private void Field(ref SegmentState ours, ref byte theirs, int shift, byte mask)
    {
        if (toKernel) theirs = (byte)((ours.Attributes >> shift) & mask);
        else ours.Attributes |= (ulong)(theirs & mask) << shift;
    }
}
