using System.Globalization;
using System.Text;
using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pico;

/// <summary>
/// The smallest machine that can show anything: one processor in real mode, 4 KiB of memory at address 0 that hold the program, a text screen where
/// a PC has it, and nothing else.
/// </summary>
public sealed class PicoMachine : IDisposable
{
    /// <summary>How much memory there is, and so how long a program can be.</summary>
    public const int MemoryBytes = 4096;

    private const ulong ScreenAddress = 0xb8000, LastAddress = 0xffffffff;

    private readonly GuestMemory _memory = new();
    private readonly PicoMonitor _monitor = new();
    private readonly X86Cpu _cpu;
    private readonly IVcpu _vcpu;

    public PicoMachine(ReadOnlySpan<byte> program, IAccelerator accelerator)
    {
        if (program.Length is 0 or > MemoryBytes)
            throw new ConfigurationException($"the program has {program.Length} bytes; it must have between 1 and {MemoryBytes}, which is all the memory there is");
        var ram = _memory.Add("ram", new AddressRange(0, MemoryBytes));
        ram.Load(0, program);
        var bus = new AddressSpace();
        bus.Map(ram);
        bus.Map(new AddressRange(ScreenAddress, PicoMonitor.Bytes), _monitor);
        MapNothing(bus, "address", MemoryBytes, ScreenAddress - 1);
        MapNothing(bus, "address", ScreenAddress + PicoMonitor.Bytes, LastAddress);
        var ports = new PortSpace();
        ports.Map(0, PortSpace.Count, new UnknownAccess("port", 0, this), widest: sizeof(uint));
        _cpu = new X86Cpu(0, CpuModels.Max, bus, ports, time: null, MachineLog.Silent);
        _cpu.StartReal(0, 0);
        // Counting, so that the machine stops right behind an access that leads nowhere.
        _vcpu = accelerator.CreateVcpu(_cpu, new VcpuEnvironment(bus, _memory, new DebugPoints(), MachineLog.Silent) { CountsInstructions = true });
    }

    /// <summary>Why the machine has stopped without having been halted; null when it was.</summary>
    public string? Trouble { get; private set; }

    /// <summary>What is on the screen.</summary>
    public string Screen => _monitor.Text();

    /// <summary>How often the program read and wrote the screen.</summary>
    public int ScreenAccesses => _monitor.Accesses;

    /// <summary>What the engine counted of the processor's exits; empty where it has none.</summary>
    public IReadOnlyList<ExitCount> Exits => (_vcpu as IExitStatistics)?.Exits ?? [];

    /// <summary>Runs until the program halts the processor, or does what the machine cannot.</summary>
    public void Run()
    {
        while (Trouble is null)
        {
            switch (_vcpu.Run())
            {
                case VcpuExit.Halted: return;
                case VcpuExit.Failed: Trouble = _vcpu.Failure; break;
            }
        }
    }

    /// <summary>The registers, for people.</summary>
    public string Registers()
    {
        ref var state = ref _cpu.Registers;
        var text = new StringBuilder();
        string[] names = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];
        for (var i = 0; i < names.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{names[i]} {(uint)state.General[i]:x8}{(i % 4 == 3 ? "\n" : "  ")}");
        for (var segment = SegmentNumber.Es; segment <= SegmentNumber.Gs; segment++)
            text.Append(CultureInfo.InvariantCulture, $"{segment.ToString().ToLowerInvariant()} {state.Segment(segment).Selector:x4}  ");
        return text.Append(CultureInfo.InvariantCulture, $"\neip {(uint)state.Rip:x8}  eflags {(uint)_cpu.Flags:x8}  cr0 {(uint)state.Cr0:x8}").ToString();
    }

    public void Dispose()
    {
        _vcpu.Dispose();
        _cpu.Dispose();
        _memory.Dispose();
    }

    /// <summary>Ends the run after the instruction that is being carried out.</summary>
    internal void Stop(string reason)
    {
        Trouble ??= reason;
        _cpu.Signal.Raise(Attention.Stop);
    }

    private void MapNothing(AddressSpace space, string what, ulong first, ulong last) =>
        space.Map(new AddressRange(first, last - first + 1), new UnknownAccess(what, first, this));
}
