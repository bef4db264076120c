using Mimus.Core.Devices;
using Mimus.Core.Timing;
using Mimus.Devices.Interrupts;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pc;

/// <summary>The processors of a PC and what brings interrupts to them: local APICs, the I/O APIC, and on most boards the pair of 8259s.</summary>
internal sealed class PcProcessors
{
    /// <summary>How many there can be: an APIC ID has eight bits, and 255 means everybody.</summary>
    public const int Maximum = 255;

    private const ulong TscFrequency = 1_000_000_000;

    private readonly ProcessorLines[] _lines;

    public PcProcessors(BoardBuilder builder, MachineConfiguration configuration, bool hasPics = true)
    {
        var tsc = new TickCounter(builder.Clock, TscFrequency);
        var model = ParseModel(configuration.CpuModel ?? "qemu64");
        for (var i = 0; i < configuration.Cpus; i++)
            builder.AddCpu(new X86Cpu(i, model, builder.Bus, builder.Ports, tsc, builder.Log) { ProcessorCount = configuration.Cpus, OnShutdown = builder.Control.RequestReset });
        _lines = [.. builder.Cpus.Cast<X86Cpu>().Select(cpu => new ProcessorLines(cpu))];
        // The 8259s and the A20 gate are wired to the first processor.
        var pics = hasPics ? builder.AddAtPorts(new PicPair("pic", new IrqLine(First, ProcessorLines.ExternalInput)), PcLayout.Pics) : null;
        for (var i = 0; i < _lines.Length; i++) AddLocalApic(builder, i, tsc, i == 0 ? pics : null);
        var ioApic = builder.Add(new IoApic("ioapic", PcLayout.IoApicId, Messages), PcLayout.IoApic);
        Wires = builder.Add(new IsaInterrupts("isa-interrupts", pics, ioApic));
        FirstCpu = (X86Cpu)builder.Cpus[0];
    }

    /// <summary>The first processor, which firmware or a kernel starts on.</summary>
    public X86Cpu FirstCpu { get; }

    public ProcessorLines First => _lines[0];

    /// <summary>Where the chip set's system management interrupt goes: to the first processor, which firmware prepares for it.</summary>
    public IrqLine Management => new(First, ProcessorLines.ManagementInput);

    /// <summary>Where message-signalled interrupts go.</summary>
    public ApicBus Messages { get; } = new();

    /// <summary>Where wires go.</summary>
    public IsaInterrupts Wires { get; }

    /// <summary>Lets the processors see the memory of system management mode.</summary>
    public void Connect(PcMemory memory)
    {
        foreach (var lines in _lines) lines.Memory = memory;
    }

    private void AddLocalApic(BoardBuilder builder, int index, TickCounter tsc, PicPair? pics)
    {
        var (cpu, lines) = ((X86Cpu)builder.Cpus[index], _lines[index]);
        lines.Apic = builder.Add(new LocalApic($"apic{index}", (uint)index, index == 0, Messages, builder.Clock, tsc, new IrqLine(cpu, X86Cpu.InterruptInput), lines, pics));
        cpu.InterruptController = lines;
    }

    private static CpuModel ParseModel(string text) => CpuModels.TryParse(text, out var model, out var error) ? model : throw new ConfigurationException($"-cpu: {error}");
}
