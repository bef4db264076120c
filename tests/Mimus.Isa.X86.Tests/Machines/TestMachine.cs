using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Translation.Evaluator;

namespace Mimus.Isa.X86.Tests.Machines;

/// <summary>A processor with memory and nothing else.</summary>
internal sealed unsafe class TestMachine : IDisposable
{
    private readonly IAccelerator _accelerator;
    private readonly bool _isOwner;

    public TestMachine(CpuModel? model = null, ulong memoryBytes = 4 << 20, IAccelerator? accelerator = null)
    {
        _accelerator = accelerator ?? new EvaluatorAccelerator();
        _isOwner = true;
        Memory = new GuestMemory();
        Bus = new AddressSpace();
        Ports = new PortSpace();
        Ram = Memory.Add("ram", new AddressRange(0, memoryBytes));
        Bus.Map(Ram);
        Environment = new VcpuEnvironment(Bus, Memory, new DebugPoints(), Log);
        Cpu = new X86Cpu(0, model ?? CpuModels.Max, Bus, Ports, time: null, Log);
        Vcpu = _accelerator.CreateVcpu(Cpu, Environment);
    }

    /// <summary>Another processor of the same machine.</summary>
    public TestMachine(TestMachine first, int index)
    {
        _accelerator = first._accelerator;
        (Memory, Bus, Ports, Ram, Environment) = (first.Memory, first.Bus, first.Ports, first.Ram, first.Environment);
        Cpu = new X86Cpu(index, first.Cpu.Model, Bus, Ports, time: null, Log);
        Vcpu = _accelerator.CreateVcpu(Cpu, Environment);
    }

    public GuestMemory Memory { get; }

    public AddressSpace Bus { get; }

    public PortSpace Ports { get; }

    public VcpuEnvironment Environment { get; }

    public MachineLog Log { get; } = MachineLog.Silent;

    public RamBlock Ram { get; }

    public X86Cpu Cpu { get; }

    public IVcpu Vcpu { get; }

    public ref X86State State => ref Cpu.Registers;

    public Span<byte> Bytes(ulong address, int length) => Ram.Bytes(address, length);

    public void Write<T>(ulong address, T value) where T : unmanaged => Memory.TryWrite(new GuestAddress(address), value);

    public T Read<T>(ulong address) where T : unmanaged => Memory.TryRead(new GuestAddress(address), out T value) ? value : throw new InvalidOperationException("no memory there");

    public void Load(ulong address, ReadOnlySpan<byte> code) => code.CopyTo(Bytes(address, code.Length));

    /// <summary>Runs until the guest halts; more instructions than that are a failure.</summary>
    public VcpuExit RunToHalt(int most = 100_000)
    {
        for (var i = 0; i < most; i++)
        {
            var exit = Vcpu.Step();
            if (exit == VcpuExit.Failed || Cpu.IsStopped) return Cpu.Failure is null ? VcpuExit.Halted : VcpuExit.Failed;
        }
        return VcpuExit.Counted;
    }

    public void Dispose()
    {
        Vcpu.Dispose();
        Cpu.Dispose();
        if (_isOwner) Memory.Dispose();
        _accelerator.Dispose();
    }
}
