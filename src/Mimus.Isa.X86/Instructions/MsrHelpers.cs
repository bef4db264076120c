namespace Mimus.Isa.X86.Instructions;

/// <summary>Model-specific registers (SDM volume 4).</summary>
internal static class MsrHelpers
{
    private const uint PlatformId = 0x17, Tsc = 0x10, ApicBase = IInterruptController.BaseRegister, MicrocodeLevel = 0x8b, TscDeadline = 0x6e0, FirstX2Apic = 0x800, LastX2Apic = 0x8ff, MtrrCapabilities = 0xfe, SysenterCs = 0x174, SysenterEsp = 0x175, SysenterEip = 0x176,
        MachineCheckCapabilities = 0x179, MachineCheckStatus = 0x17a, MiscEnable = 0x1a0, FirstVariableMtrr = 0x200, LastVariableMtrr = 0x20f, Pat = 0x277,
        MtrrDefault = 0x2ff, EferNumber = 0xc0000080, Star = 0xc0000081, Lstar = 0xc0000082, Cstar = 0xc0000083, SyscallMask = 0xc0000084, FsBase = 0xc0000100,
        GsBase = 0xc0000101, KernelGsBase = 0xc0000102, TscAux = 0xc0000103;

    // AMD's (APM volume 2, appendix A), which its kernels and firmware read without asking
    private const uint SystemConfiguration = 0xc0010010, HardwareConfiguration = 0xc0010015, TopOfMemory = 0xc001001a, TopOfMemory2 = 0xc001001d, BridgeConfiguration = 0xc001001f,
        InterruptPending = 0xc0010055, VirtualMachineControl = 0xc0010114, DecodeConfiguration = 0xc0011029;

    /// <summary>The fixed-range MTRRs, in the order of their places in the state.</summary>
    private static ReadOnlySpan<uint> FixedMtrrs => [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];

    private const int FirstFixed = 16, DefaultPlace = 27;

    public static ulong Read(EmulatedCpu cpu, ulong number, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireSystem()) return 0;
        ref var state = ref x86.Registers;
        switch ((uint)number)
        {
            case Tsc: return x86.TimeStamp;
            case ApicBase or (>= FirstX2Apic and <= LastX2Apic): return ReadController(x86, (uint)number);
            case TscDeadline: return ReadController(x86, TscDeadline) is var deadline and not 0 ? deadline + state.TscOffset : 0;
            case SysenterCs: return state.SysenterCs;
            case SysenterEsp: return state.SysenterEsp;
            case SysenterEip: return state.SysenterEip;
            case MiscEnable: return state.MiscEnable;
            case var inert when IsInert(inert) || inert == MachineCheckCapabilities: return 0;
            case MtrrCapabilities: return 0x508; // eight variable ranges, fixed ranges, write combining
            case MtrrDefault: return state.Mtrrs[DefaultPlace];
            case >= FirstVariableMtrr and <= LastVariableMtrr: return state.Mtrrs[(int)((uint)number - FirstVariableMtrr)];
            case Pat: return state.Pat;
            case EferNumber: return state.Efer;
            case Star: return state.Star;
            case Lstar: return state.Lstar;
            case Cstar: return state.Cstar;
            case SyscallMask: return state.SyscallMask;
            case FsBase: return state.Segment(SegmentNumber.Fs).Base;
            case GsBase: return state.Segment(SegmentNumber.Gs).Base;
            case KernelGsBase: return state.KernelGsBase;
            case TscAux: return state.TscAux;
            default:
                var place = FixedMtrrs.IndexOf((uint)number);
                if (place >= 0) return state.Mtrrs[FirstFixed + place];
                x86.Refuse(Fault.GeneralProtection, 0);
                return 0;
        }
    }

    public static ulong Write(EmulatedCpu cpu, ulong number, ulong value)
    {
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireSystem()) return 0;
        ref var state = ref x86.Registers;
        switch ((uint)number)
        {
            case Tsc: state.TscOffset += value - x86.TimeStamp; break;
            case ApicBase or (>= FirstX2Apic and <= LastX2Apic): WriteController(x86, (uint)number, value); break;
            case TscDeadline: WriteController(x86, TscDeadline, value == 0 ? 0 : value - state.TscOffset); break;
            case SysenterCs: state.SysenterCs = value; break;
            case SysenterEsp: SetAddress(x86, ref state.SysenterEsp, value); break;
            case SysenterEip: SetAddress(x86, ref state.SysenterEip, value); break;
            case MiscEnable: state.MiscEnable = value; break;
            case var inert when IsInert(inert): break;
            case MtrrDefault: state.Mtrrs[DefaultPlace] = value & 0xcff; break;
            case >= FirstVariableMtrr and <= LastVariableMtrr: state.Mtrrs[(int)((uint)number - FirstVariableMtrr)] = value; break;
            case Pat when !IsMemoryTypes(value): x86.Refuse(Fault.GeneralProtection, 0); break;
            case Pat: state.Pat = value; break;
            case EferNumber: WriteEfer(x86, value); break;
            case Star: state.Star = value; break;
            case Lstar: SetAddress(x86, ref state.Lstar, value); break;
            case Cstar: SetAddress(x86, ref state.Cstar, value); break;
            case SyscallMask: state.SyscallMask = (uint)value; break;
            case FsBase: SetAddress(x86, ref state.Segment(SegmentNumber.Fs).Base, value); break;
            case GsBase: SetAddress(x86, ref state.Segment(SegmentNumber.Gs).Base, value); break;
            case KernelGsBase: SetAddress(x86, ref state.KernelGsBase, value); break;
            case TscAux: state.TscAux = (uint)value; break;
            default:
                var place = FixedMtrrs.IndexOf((uint)number);
                if (place >= 0) state.Mtrrs[FirstFixed + place] = value;
                else x86.Refuse(Fault.GeneralProtection, 0);
                break;
        }
        return 0;
    }

    /// <summary>Registers that hold 0 whatever is written: nothing depends on them here.</summary>
    private static bool IsInert(uint number) => number is PlatformId or MicrocodeLevel or MachineCheckStatus or SystemConfiguration or HardwareConfiguration or TopOfMemory
        or TopOfMemory2 or BridgeConfiguration or InterruptPending or VirtualMachineControl or DecodeConfiguration;

    /// <summary>Whether all eight fields are types that exist (SDM volume 3, table 12-10).</summary>
    private static bool IsMemoryTypes(ulong value)
    {
        for (; value != 0; value >>= 8)
        {
            if ((byte)value is 2 or 3 or > 7) return false;
        }
        return true;
    }

    private static ulong ReadController(X86Cpu cpu, uint number)
    {
        ulong value = 0;
        if (cpu.InterruptController?.TryReadRegister(number, out value) != true) cpu.Refuse(Fault.GeneralProtection, 0);
        return value;
    }

    private static void WriteController(X86Cpu cpu, uint number, ulong value)
    {
        if (cpu.InterruptController?.TryWriteRegister(number, value) != true) cpu.Refuse(Fault.GeneralProtection, 0);
        // Its registers may be elsewhere now.
        else if (number == ApicBase) cpu.ForgetTranslations();
    }

    private static void SetAddress(X86Cpu cpu, ref ulong register, ulong value)
    {
        if (CpuIdentification.IsCanonical(value)) register = value;
        else cpu.Refuse(Fault.GeneralProtection, 0);
    }

    private static void WriteEfer(X86Cpu cpu, ulong value)
    {
        ref var state = ref cpu.Registers;
        var possible = cpu.PossibleEfer();
        var togglesLong = ((value ^ state.Efer) & Efer.LongEnable) != 0;
        if ((value & ~(possible | Efer.LongActive)) != 0 || (togglesLong && (state.Cr0 & Cr0.Paging) != 0))
        {
            cpu.Refuse(Fault.GeneralProtection, 0);
            return;
        }
        state.Efer = (value & possible) | (state.Efer & Efer.LongActive);
        cpu.ForgetTranslations();
        cpu.ModeChanged();
    }
}
