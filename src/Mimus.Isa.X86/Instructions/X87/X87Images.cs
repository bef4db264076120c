namespace Mimus.Isa.X86.Instructions;

/// <summary>The images of x87 and vector registers in memory (SDM volume 1, 10.5 and 13.4), which the processor reads and writes by itself.</summary>
internal static unsafe class X87Images
{
    private const int VectorsAt = 160, HeaderAt = 512, UpperHalvesAt = 576;
    private const ulong Legacy = 1, Sse = 2, Avx = 4, Compacted = 1ul << 63;
    private const ulong MxcsrMask = 0xffff, DefaultMxcsr = 0x1f80;

    public static ulong Begin(EmulatedCpu cpu, ulong waits, ulong unused) => new X87Unit((X86Cpu)cpu).TryBegin(waits != 0) ? 1u : 0u;

    /// <summary>WAIT: it traps for a task switch only when the system asks for that.</summary>
    public static ulong Wait(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x86 = (X86Cpu)cpu;
        const ulong Both = Cr0.Monitor | Cr0.TaskSwitched;
        if ((x86.Registers.Cr0 & Both) == Both) x86.Refuse(Fault.DeviceNotAvailable, 0);
        else if ((x86.Registers.X87Status & X87Unit.Summary) != 0) x86.Refuse(Fault.FloatingPoint, 0);
        return 0;
    }

    public static ulong Save(EmulatedCpu cpu, ulong address, ulong unused)
    {
        var image = new Image((X86Cpu)cpu, address);
        if (new X87Unit((X86Cpu)cpu).TryBegin(waits: false) && image.TryProbe(512)) image.Write(Legacy | Sse);
        return 0;
    }

    public static ulong Restore(EmulatedCpu cpu, ulong address, ulong unused)
    {
        var image = new Image((X86Cpu)cpu, address);
        if (new X87Unit((X86Cpu)cpu).TryBegin(waits: false)) image.Read(Legacy | Sse, Legacy | Sse);
        return 0;
    }

    public static ulong SaveExtended(EmulatedCpu cpu, ulong address, ulong wanted)
    {
        var x86 = (X86Cpu)cpu;
        var image = new Image(x86, address);
        wanted &= x86.Registers.Xcr0;
        if (!TryBegin(x86) || !image.TryProbe((wanted & Avx) != 0 ? UpperHalvesAt + 256 : UpperHalvesAt)) return 0;
        image.Write(wanted);
        if (x86.TryRead(address + HeaderAt, 8, x86.Cpl == 3, isImplicit: false, out var present)) image.Store(HeaderAt, (present & ~wanted) | wanted);
        return 0;
    }

    /// <summary>XSAVEC: parts one behind the other, which for those that are here are the same places; the image says so.</summary>
    public static ulong SaveCompacted(EmulatedCpu cpu, ulong address, ulong wanted)
    {
        var x86 = (X86Cpu)cpu;
        var image = new Image(x86, address);
        wanted &= x86.Registers.Xcr0;
        if (!TryBegin(x86) || !image.TryProbe((wanted & Avx) != 0 ? UpperHalvesAt + 256 : UpperHalvesAt)) return 0;
        image.Write(wanted);
        image.Store(HeaderAt, wanted);
        image.Store(HeaderAt + 8, wanted | Compacted);
        return 0;
    }

    public static ulong RestoreExtended(EmulatedCpu cpu, ulong address, ulong wanted)
    {
        var x86 = (X86Cpu)cpu;
        if (!TryBegin(x86) || !x86.TryRead(address + HeaderAt, 8, x86.Cpl == 3, isImplicit: false, out var present)) return 0;
        if (!x86.TryRead(address + HeaderAt + 8, 8, x86.Cpl == 3, isImplicit: false, out var format)
            || !x86.TryRead(address + HeaderAt + 16, 8, x86.Cpl == 3, isImplicit: false, out var reserved)) return 0;
        // A compacted image has parts that its format names, and it is for a processor that can write one.
        var isGoodFormat = format == 0 || ((format & Compacted) != 0 && x86.Has(X86Feature.Xsavec) && (format & ~Compacted & ~x86.Registers.Xcr0) == 0 && (present & ~format) == 0);
        if ((present & ~x86.Registers.Xcr0) != 0 || !isGoodFormat || reserved != 0) x86.Refuse(Fault.GeneralProtection, 0);
        else new Image(x86, address).Read(wanted & x86.Registers.Xcr0, present);
        return 0;
    }

    private static bool TryBegin(X86Cpu cpu)
    {
        if ((cpu.Registers.Cr4 & Cr4.XSave) == 0) return cpu.Refuse(Fault.InvalidOpcode, 0);
        return (cpu.Registers.VectorsEnabled & X86.Vectors.Switched) == 0 || cpu.Refuse(Fault.DeviceNotAvailable, 0);
    }

    private readonly ref struct Image(X86Cpu cpu, ulong address)
    {
        private readonly ref X86State _state = ref cpu.Registers;

        /// <summary>Whether all of it can be written.</summary>
        public bool TryProbe(int bytes) => cpu.TryProbeWrite(address, bytes);

        public void Store(int offset, ulong value, int size = 8) => cpu.TryWrite(address + (ulong)offset, size, cpu.Cpl == 3, isImplicit: false, value);

        public void Write(ulong parts)
        {
            if ((parts & Legacy) != 0)
            {
                Store(0, _state.X87Control, 2);
                Store(2, _state.X87Status, 2);
                Store(4, _state.X87Used, 2);
                Store(6, _state.X87Opcode, 2);
                Store(8, _state.X87Instruction);
                Store(16, _state.X87Operand);
                var top = (int)(_state.X87Status >> 11) & 7;
                for (var i = 0; i < 8; i++)
                {
                    var place = ((top + i) & 7) * Slot.VectorSlots;
                    Store(32 + (i * 16), _state.X87[place]);
                    Store(40 + (i * 16), (ushort)_state.X87[place + 1]);
                }
            }
            if ((parts & (Sse | Avx)) != 0) Store(24, _state.Mxcsr | (MxcsrMask << 32));
            for (var i = 0; i < VectorCount; i++)
            {
                for (var part = 0; part < 2; part++)
                {
                    if ((parts & Sse) != 0) Store(VectorsAt + (i * 16) + (part * 8), _state.Vectors[(i * Slot.VectorSlots) + part]);
                    if ((parts & Avx) != 0) Store(UpperHalvesAt + (i * 16) + (part * 8), _state.Vectors[(i * Slot.VectorSlots) + 2 + part]);
                }
            }
        }

        /// <summary>Takes the wanted parts over; those that are not present become what they are after a reset.</summary>
        public void Read(ulong wanted, ulong present)
        {
            // Everything is read before anything changes.
            var size = (wanted & present & Avx) != 0 ? UpperHalvesAt + 256 : HeaderAt;
            Span<ulong> image = stackalloc ulong[(UpperHalvesAt + 256) / 8];
            image.Clear();
            for (var at = 0; at < size; at += 8)
            {
                if (!cpu.TryRead(address + (ulong)at, 8, cpu.Cpl == 3, isImplicit: false, out image[at / 8])) return;
            }
            var mxcsr = (wanted & present & (Sse | Avx)) != 0 ? (uint)image[3] : DefaultMxcsr;
            if ((mxcsr & ~MxcsrMask) != 0)
            {
                cpu.Refuse(Fault.GeneralProtection, 0);
                return;
            }
            if ((wanted & (Sse | Avx)) != 0) _state.Mxcsr = mxcsr;
            if ((wanted & Legacy) != 0) ReadLegacy((present & Legacy) != 0 ? image : default);
            for (var i = 0; i < VectorCount; i++)
            {
                for (var part = 0; part < 2; part++)
                {
                    if ((wanted & Sse) != 0) _state.Vectors[(i * Slot.VectorSlots) + part] = (present & Sse) != 0 ? image[((VectorsAt + (i * 16)) / 8) + part] : 0;
                    if ((wanted & Avx) != 0) _state.Vectors[(i * Slot.VectorSlots) + 2 + part] = (present & Avx) != 0 ? image[((UpperHalvesAt + (i * 16)) / 8) + part] : 0;
                }
            }
        }

        private int VectorCount => cpu.Mode.CodeBits == 64 ? 16 : 8;

        private void ReadLegacy(ReadOnlySpan<ulong> image)
        {
            var x87 = new X87Unit(cpu);
            x87.Initialize();
            if (image.IsEmpty) return;
            _state.X87Control = (image[0] & 0x1f3f) | 0x40;
            _state.X87Status = (ushort)(image[0] >> 16);
            _state.X87Used = (byte)(image[0] >> 32);
            _state.X87Opcode = (image[0] >> 48) & 0x7ff;
            (_state.X87Instruction, _state.X87Operand) = (image[1], image[2]);
            for (var i = 0; i < 8; i++)
            {
                var place = ((x87.Top + i) & 7) * Slot.VectorSlots;
                (_state.X87[place], _state.X87[place + 1]) = (image[4 + (i * 2)], (ushort)image[5 + (i * 2)]);
            }
            x87.UpdateSummary();
        }
    }
}
