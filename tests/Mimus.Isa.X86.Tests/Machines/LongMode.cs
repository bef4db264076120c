using Mimus.Core.Memory;

namespace Mimus.Isa.X86.Tests.Machines;

/// <summary>64-bit mode at privilege level 0, everything mapped to itself, and an interrupt table that tells which exception came.</summary>
internal static class LongMode
{
    public const ulong Root = 0x1000, FirstTable = 0x2000, Gdt = 0x3000, Idt = 0x4000, Handlers = 0x6000, Stack = 0x9000, Code = 0x10000, Data = 0x20000;

    public const ushort CodeSelector = 8, StackSelector = 16;

    private const int HandlerBytes = 16;

    public static void Enter(TestMachine machine)
    {
        machine.Write(Root, FirstTable | 3);
        machine.Write(FirstTable, 0x83ul); // 1 GiB
        machine.Write(Gdt + CodeSelector, 0x00af9b000000fffful);
        machine.Write(Gdt + StackSelector, 0x00cf93000000fffful);
        for (var vector = 0ul; vector < 32; vector++)
        {
            var handler = Handlers + (vector * HandlerBytes);
            machine.Write(Idt + (vector * 16), (handler & 0xffff) | ((ulong)CodeSelector << 16) | (0x8eul << 40) | (handler >> 16 << 48));
            machine.Write(Idt + (vector * 16) + 8, 0ul);
            machine.Write(handler, (byte)0xf4);
        }
        ref var state = ref machine.State;
        state.Cr3 = Root;
        state.Cr4 = 0x40620; // PAE, FXSR, SIMD exceptions, XSAVE
        state.Xcr0 = 7;
        state.Efer = 0xd01; // SCE, LME, LMA, NXE
        state.Cr0 = 0x80010033;
        (state.GdtBase, state.GdtLimit, state.IdtBase, state.IdtLimit) = (Gdt, 0x1f, Idt, 0x1ff);
        var flat = new SegmentState { Selector = StackSelector, Attributes = 0xc093, Limit = uint.MaxValue, ReadEnd = 1ul << 32, WriteEnd = 1ul << 32 };
        foreach (var segment in new[] { SegmentNumber.Es, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs }) state.Segment(segment) = flat;
        state.Segment(SegmentNumber.Cs) = new SegmentState { Selector = CodeSelector, Attributes = 0xa09b, Limit = uint.MaxValue, ReadEnd = 1ul << 32 };
        state.General[Slot.Rsp] = Stack;
        machine.Cpu.ModeChanged();
        machine.Vcpu.Forget();
    }

    /// <summary>Maps a page at any address.</summary>
    public static void Map(TestMachine machine, ulong address, ulong physical, ref ulong freeTable)
    {
        var table = Root;
        for (var shift = 39; shift > 12; shift -= 9)
        {
            var at = table + (((address >> shift) & 511) * 8);
            var entry = machine.Read<ulong>(at);
            if ((entry & 1) == 0)
            {
                entry = freeTable | 3;
                freeTable += 0x1000;
                machine.Write(at, entry);
            }
            table = entry & ~0xffful;
        }
        machine.Write(table + (((address >> 12) & 511) * 8), physical | 3);
    }

    /// <summary>Which exception's handler the instruction pointer is at; -1 for none.</summary>
    public static int ExceptionAt(ulong instructionPointer)
    {
        var offset = instructionPointer - Handlers;
        return offset < 32 * HandlerBytes ? (int)offset / HandlerBytes : -1;
    }
}
