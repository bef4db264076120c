namespace Mimus.Isa.X86.Instructions;

/// <summary>Lanes of vectors to and from memory, one access for each that a mask chooses by its highest bit.</summary>
internal static unsafe class MaskedHelpers
{
    public static ulong Pack(int data, int mask, int laneBytes, int bytes) =>
        (byte)data | ((ulong)(byte)mask << 8) | ((ulong)(byte)laneBytes << 16) | ((ulong)(byte)bytes << 24);

    public static ulong PackGather(in X86Operands i, int laneBytes, int indexBytes, int lanes) => i.Target | ((ulong)i.Third << 8) | ((ulong)(byte)laneBytes << 16)
        | ((ulong)(byte)lanes << 24) | ((ulong)i.Index << 32) | ((ulong)(byte)indexBytes << 40) | ((ulong)i.Scale << 48) | ((ulong)i.AddressWidth << 56);

    /// <summary>Loads the chosen lanes; the others become 0.</summary>
    public static ulong Load(EmulatedCpu cpu, ulong packed, ulong address)
    {
        var x86 = (X86Cpu)cpu;
        byte* data = VectorOf(x86, packed), mask = VectorOf(x86, packed >> 8);
        int laneBytes = (byte)(packed >> 16), bytes = (byte)(packed >> 24);
        var loaded = stackalloc ulong[Slot.VectorSlots];
        new Span<ulong>(loaded, Slot.VectorSlots).Clear();
        for (var at = 0; at < bytes; at += laneBytes)
        {
            if (!IsChosen(mask, at, laneBytes)) continue;
            if (!x86.TryRead(address + (ulong)at, laneBytes, x86.Cpl == 3, isImplicit: false, out var value)) return 0;
            Write((byte*)loaded + at, laneBytes, value);
        }
        new ReadOnlySpan<byte>(loaded, bytes).CopyTo(new Span<byte>(data, bytes));
        return 0;
    }

    /// <summary>Stores the chosen lanes: all of them or, where one cannot be written, none.</summary>
    public static ulong Store(EmulatedCpu cpu, ulong packed, ulong address)
    {
        var x86 = (X86Cpu)cpu;
        byte* data = VectorOf(x86, packed), mask = VectorOf(x86, packed >> 8);
        int laneBytes = (byte)(packed >> 16), bytes = (byte)(packed >> 24);
        for (var at = 0; at < bytes; at += laneBytes)
        {
            if (IsChosen(mask, at, laneBytes) && !x86.TryProbeWrite(address + (ulong)at, laneBytes)) return 0;
        }
        for (var at = 0; at < bytes; at += laneBytes)
        {
            if (IsChosen(mask, at, laneBytes) && !x86.TryWrite(address + (ulong)at, laneBytes, x86.Cpl == 3, isImplicit: false, Read(data + at, laneBytes))) return 0;
        }
        return 0;
    }

    /// <summary>
    /// Loads each chosen lane from its own address, and clears its mask: a fault leaves what was done before it. The segment's base is in the
    /// scratch register.
    /// </summary>
    public static ulong Gather(EmulatedCpu cpu, ulong packed, ulong start)
    {
        var x86 = (X86Cpu)cpu;
        byte* data = VectorOf(x86, packed), mask = VectorOf(x86, packed >> 8), indices = VectorOf(x86, packed >> 32);
        int laneBytes = (byte)(packed >> 16), lanes = (byte)(packed >> 24), indexBytes = (byte)(packed >> 40), scale = (byte)(packed >> 48);
        var addressMask = (byte)(packed >> 56) == 8 ? ulong.MaxValue : uint.MaxValue;
        for (var lane = 0; lane < lanes; lane++)
        {
            if (!IsChosen(mask, lane * laneBytes, laneBytes)) continue;
            var index = indexBytes == 4 ? ((int*)indices)[lane] : ((long*)indices)[lane];
            var address = ((start + (ulong)(index << scale)) & addressMask) + x86.Slots[Slot.Vector(Slot.Scratch)];
            if (!x86.TryRead(address, laneBytes, x86.Cpl == 3, isImplicit: false, out var value)) return 0;
            Write(data + (lane * laneBytes), laneBytes, value);
            Write(mask + (lane * laneBytes), laneBytes, 0);
        }
        new Span<ulong>(mask, Slot.VectorSlots).Clear();
        new Span<byte>(data, Slot.VectorSlots * 8)[(lanes * laneBytes)..].Clear();
        return 0;
    }

    private static byte* VectorOf(X86Cpu cpu, ulong number) => (byte*)(cpu.Slots + Slot.Vector((byte)number));

    private static bool IsChosen(byte* mask, int at, int laneBytes) => (mask[at + laneBytes - 1] & 0x80) != 0;

    private static ulong Read(byte* from, int bytes) => bytes switch
    {
        1 => *from,
        4 => *(uint*)from,
        _ => *(ulong*)from,
    };

    private static void Write(byte* to, int bytes, ulong value)
    {
        if (bytes == 4) *(uint*)to = (uint)value;
        else *(ulong*)to = value;
    }
}
