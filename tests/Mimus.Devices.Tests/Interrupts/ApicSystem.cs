using Mimus.Core.Devices;
using Mimus.Core.Timing;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Interrupts;

/// <summary>Some processors' local APICs, an I/O APIC and what they do to the processors.</summary>
internal sealed class ApicSystem : IInterruptAcknowledge
{
    public const ulong TscFrequency = 2_000_000_000;

    public ApicSystem(int processors)
    {
        Interrupts = new Wires(processors);
        Tsc = new TickCounter(Time.Clock, TscFrequency);
        Locals = new LocalApic[processors];
        Events = new Recorder[processors];
        for (var i = 0; i < processors; i++)
        {
            Events[i] = new Recorder();
            Locals[i] = new LocalApic($"lapic{i}", (uint)i, i == 0, Bus, Time.Clock, Tsc, Interrupts.Lines[i], Events[i], i == 0 ? this : null);
            Locals[i].Write32(0xf0, 0x1ff);
        }
        IoApic = new IoApic("ioapic", 0, Bus);
    }

    public TestClock Time { get; } = new();

    public TickCounter Tsc { get; }

    public ApicBus Bus { get; } = new();

    public Wires Interrupts { get; }

    public LocalApic[] Locals { get; }

    public Recorder[] Events { get; }

    public IoApic IoApic { get; }

    /// <summary>The vector that the 8259s give.</summary>
    public byte External { get; set; } = 0x08;

    public byte Acknowledge() => External;

    /// <summary>Writes an entry of the I/O APIC's table.</summary>
    public void Route(int input, ulong entry)
    {
        WriteIo(0x10 + 2 * input + 1, (uint)(entry >> 32));
        WriteIo(0x10 + 2 * input, (uint)entry);
    }

    public uint ReadIo(int register)
    {
        IoApic.Write32(0, (uint)register);
        return IoApic.Read32(0x10);
    }

    public void WriteIo(int register, uint value)
    {
        IoApic.Write32(0, (uint)register);
        IoApic.Write32(0x10, value);
    }

    /// <summary>Which processors have an interrupt.</summary>
    public int[] Interrupted => [.. Enumerable.Range(0, Locals.Length).Where(i => Interrupts[i])];

    /// <summary>Takes an interrupt and ends it.</summary>
    public int Serve(int processor)
    {
        var vector = Locals[processor].Acknowledge();
        Locals[processor].Write32(0xb0, 0);
        return vector;
    }

    internal sealed class Recorder : IProcessorEvents
    {
        public List<string> Seen { get; } = [];

        public void NonMaskableInterrupt() => Seen.Add("nmi");

        public void SystemManagementInterrupt() => Seen.Add("smi");

        public void Init() => Seen.Add("init");

        public void StartUp(byte page) => Seen.Add($"start {page:x2}");
    }
}
