using System.Buffers.Binary;
using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.Timing;
using Mimus.Isa.RiscV;
using Mimus.Translation.Evaluator;

namespace Mimus.TestSupport.RiscV;

/// <summary>Harts and memory and nothing else: no board, no devices, and a clock that stands still.</summary>
public sealed class BareMachine : IDisposable
{
    public const ulong RamStart = 0x8000_0000;

    private const int FirstCsr = 65;

    private readonly IAccelerator _accelerator;

    /// <summary>A machine of the given kind of harts, run by the evaluator when no other engine is given; it disposes of the engine.</summary>
    public BareMachine(RiscVConfiguration? configuration = null, int harts = 1, ulong ramSize = 2 << 20, IAccelerator? accelerator = null)
    {
        _accelerator = accelerator ?? new EvaluatorAccelerator();
        Bus = new AddressSpace();
        Memory = new GuestMemory();
        Ram = Memory.Add("ram", new AddressRange(RamStart, ramSize));
        Bus.Map(Ram);
        Time = new TickCounter(new VirtualClock(), 10_000_000);
        Harts = [.. Enumerable.Range(0, harts).Select(i => new RiscVHart(i, configuration ?? new RiscVConfiguration(), Bus, Time, Log))];
        Vcpus = [.. Harts.Select(h => _accelerator.CreateVcpu(h, new VcpuEnvironment(Bus, Memory, Debug, Log)))];
        foreach (var hart in Harts) hart.ProgramCounter = RamStart;
    }

    public AddressSpace Bus { get; }

    public GuestMemory Memory { get; }

    public RamBlock Ram { get; }

    public MachineLog Log { get; } = MachineLog.Silent;

    /// <summary>Stands still until a test sets it.</summary>
    public TickCounter Time { get; }

    public DebugPoints Debug { get; } = new();

    public IReadOnlyList<RiscVHart> Harts { get; }

    public IReadOnlyList<IVcpu> Vcpus { get; }

    public RiscVHart Hart => Harts[0];

    public IVcpu Vcpu => Vcpus[0];

    public unsafe ulong this[int register]
    {
        get => Hart.Registers.X[register];
        set => Hart.Registers.X[register] = value;
    }

    public void Load(ulong address, params ReadOnlySpan<uint> words)
    {
        foreach (var word in words)
        {
            Write32(address, word);
            address += 4;
        }
        foreach (var vcpu in Vcpus) vcpu.Forget();
    }

    public void Write32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Bytes(address, 4), value);

    public void Write64(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Bytes(address, 8), value);

    public uint Read32(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(address, 4));

    public ulong Read64(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(address, 8));

    public Span<byte> Bytes(ulong address, int length) => Ram.Bytes(address - RamStart, length);

    /// <summary>Reads a control register without side effects, whatever the hart's privilege.</summary>
    public ulong Csr(int number) => Hart.Debug.TryReadRegister(FirstCsr + number, out var value)
        ? value
        : throw new InvalidOperationException($"the hart has no CSR 0x{number:x}");

    /// <summary>Writes a control register as a CSR instruction in M mode would.</summary>
    public void SetCsr(int number, ulong value)
    {
        if (!Hart.Debug.TryWriteRegister(FirstCsr + number, value)) throw new InvalidOperationException($"the hart has no CSR 0x{number:x}");
    }

    public void Step(int count = 1)
    {
        for (var i = 0; i < count; i++) Vcpu.Step();
    }

    public void Dispose()
    {
        foreach (var vcpu in Vcpus) vcpu.Dispose();
        foreach (var hart in Harts) hart.Dispose();
        _accelerator.Dispose();
        Memory.Dispose();
    }
}
