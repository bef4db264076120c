using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Isa.X86;

namespace Mimus.Kvm.Tests.Support;

/// <summary>Processors with 1 MiB of memory, a ROM, a device at an address and one at ports; code begins at 0x1000.</summary>
internal sealed class SmallMachine : IDisposable
{
    public const ulong Code = 0x1000, Rom = 0xf0000, DeviceAddress = 0xd0000, Handler = 0x3000, Stack = 0x9000, Tables = 0x10000, Gdt = 0x20000, Idt = 0x21000;
    public const int DevicePort = 0x200;
    public const ushort CodeSelector = 8, DataSelector = 16, UserDataSelector = 0x1b, UserCodeSelector = 0x23;

    private readonly IAccelerator _accelerator;

    public SmallMachine(IAccelerator? accelerator = null, int cpus = 1, CpuModel? model = null)
    {
        _accelerator = accelerator ?? KvmAccelerator.Create();
        Ram = Memory.Add("ram", new AddressRange(0, DeviceAddress));
        RomBlock = Memory.Add("rom", new AddressRange(Rom, 0x10000), readOnly: true);
        Bus.Map(Ram);
        Bus.Map(RomBlock);
        Bus.Map(new AddressRange(DeviceAddress, 0x1000), Device);
        Ports.Map(DevicePort, 16, PortDevice, widest: 4);
        Environment = new VcpuEnvironment(Bus, Memory, new DebugPoints(), MachineLog.Silent);
        Cpus = [.. Enumerable.Range(0, cpus).Select(i => new X86Cpu(i, model ?? CpuModels.Max, Bus, Ports, time: null, MachineLog.Silent))];
        Vcpus = [.. Cpus.Select(c => _accelerator.CreateVcpu(c, Environment))];
        Cpu.StartReal(0, (ushort)Code);
        Cpu.Registers.General[Slot.Rsp] = Stack;
    }

    public GuestMemory Memory { get; } = new();

    public AddressSpace Bus { get; } = new();

    public PortSpace Ports { get; } = new();

    public RamBlock Ram { get; }

    public RamBlock RomBlock { get; }

    public Recorder Device { get; } = new("device");

    public Recorder PortDevice { get; } = new("ports");

    public VcpuEnvironment Environment { get; }

    public IReadOnlyList<X86Cpu> Cpus { get; }

    public IReadOnlyList<IVcpu> Vcpus { get; }

    public X86Cpu Cpu => Cpus[0];

    public IVcpu Vcpu => Vcpus[0];

    public ref X86State State => ref Cpu.Registers;

    /// <summary>Puts bytes, written in hexadecimal with blanks, at an address.</summary>
    public SmallMachine Load(string hex, ulong address = Code)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        (address >= Rom ? RomBlock : Ram).Load(address, bytes);
        return this;
    }

    public void Write<T>(ulong address, T value) where T : unmanaged => Assert.True(Memory.TryWrite(new GuestAddress(address), value));

    public T Read<T>(ulong address) where T : unmanaged => Memory.TryRead(new GuestAddress(address), out T value) ? value : throw new InvalidOperationException("no memory there");

    /// <summary>Lets a processor in real mode that halted go on somewhere else.</summary>
    public void StartAgain(ulong address)
    {
        (State.Rip, State.Activity) = (address, Activity.Running);
        Vcpu.Forget();
    }

    /// <summary>64-bit mode at level 3.</summary>
    public SmallMachine EnterUserMode()
    {
        EnterLongMode();
        Write(Gdt + (UserDataSelector & ~7ul), 0x00cff3000000fffful);
        Write(Gdt + (UserCodeSelector & ~7ul), 0x00affb000000fffful);
        ref var state = ref State;
        foreach (var segment in new[] { SegmentNumber.Es, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs })
            (state.Segment(segment).Selector, state.Segment(segment).Attributes) = (UserDataSelector, 0xc0f3);
        (state.Segment(SegmentNumber.Cs).Selector, state.Segment(SegmentNumber.Cs).Attributes) = (UserCodeSelector, 0xa0fb);
        state.Cpl = 3;
        Cpu.RegistersWereRead();
        Vcpu.Forget();
        return this;
    }

    /// <summary>64-bit mode at level 0, the first 2 MiB mapped to themselves, all interrupts to <see cref="Handler"/>.</summary>
    public SmallMachine EnterLongMode()
    {
        Write(Tables, (Tables + 0x1000) | 7);
        Write(Tables + 0x1000, (Tables + 0x2000) | 7);
        Write(Tables + 0x2000, 0x87ul);
        Write(Gdt + CodeSelector, 0x00af9b000000fffful);
        Write(Gdt + DataSelector, 0x00cf93000000fffful);
        for (var vector = 0ul; vector < 256; vector++)
        {
            Write(Idt + (vector * 16), (Handler & 0xffff) | ((ulong)CodeSelector << 16) | (0x8eul << 40) | (Handler >> 16 << 48));
            Write(Idt + (vector * 16) + 8, 0ul);
        }
        ref var state = ref State;
        state.Cr3 = Tables;
        state.Cr4 = 0x620; // PAE, FXSR, SIMD exceptions
        state.Efer = 0x500; // LME, LMA
        state.Cr0 = 0x80010033;
        (state.GdtBase, state.GdtLimit, state.IdtBase, state.IdtLimit) = (Gdt, 0x27, Idt, 0xfff);
        var flat = new SegmentState { Selector = DataSelector, Attributes = 0xc093, Limit = uint.MaxValue };
        foreach (var segment in new[] { SegmentNumber.Es, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs }) state.Segment(segment) = flat;
        state.Segment(SegmentNumber.Cs) = new SegmentState { Selector = CodeSelector, Attributes = 0xa09b, Limit = uint.MaxValue };
        state.Rip = Code;
        Cpu.RegistersWereRead();
        Vcpu.Forget();
        return this;
    }

    /// <summary>Runs on this thread until the guest halts; anything else is a failure.</summary>
    public SmallMachine RunToHalt()
    {
        var exit = Vcpu.Run();
        Assert.True(exit == VcpuExit.Halted, $"{exit}: {Vcpu.Failure}");
        return this;
    }

    public void Dispose()
    {
        foreach (var vcpu in Vcpus) vcpu.Dispose();
        _accelerator.Dispose();
        foreach (var cpu in Cpus) cpu.Dispose();
        Memory.Dispose();
    }
}
