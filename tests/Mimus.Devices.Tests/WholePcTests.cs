using Mimus.Core.Backends;
using Mimus.Core.Timing;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

/// <summary>The devices of a PC together: their wires, and that no guest can make them wait for each other.</summary>
public sealed class WholePcTests
{
    [Fact]
    public void The_timer_reaches_the_processor_through_the_8259s()
    {
        var time = new TestClock();
        using var pc = new WholePc(time.Clock, 2);
        pc.Locals[0].Write32(0xf0, 0x1ff);
        pc.Locals[0].Write32(0x350, 0x700); // LINT0: external
        InitializePics(pc);
        pc.Out(0x21, 0xfa); // the timer and the cascade
        pc.Out(0x43, 0x34);
        pc.Out(0x40, 0xa9);
        pc.Out(0x40, 0x04); // 1193 clocks: a millisecond
        for (var i = 0; i < 5; i++)
        {
            time.Advance(1_000_000);
            Assert.True(pc.Interrupts[0]);
            Assert.Equal(0x20, pc.Locals[0].Acknowledge());
            pc.Out(0x20, 0x20);
            Assert.False(pc.Interrupts[0]);
        }
        Assert.False(pc.Interrupts[1]);
    }

    [Fact]
    public void The_keyboard_reaches_another_processor_through_the_io_apic()
    {
        var time = new TestClock();
        using var pc = new WholePc(time.Clock, 2);
        pc.Locals[1].Write32(0xf0, 0x1ff);
        var ioApic = pc.Memory.Find(0xfec00000)!;
        ioApic.Write(0xfec00000, 4, 0x13);
        ioApic.Write(0xfec00010, 4, 1u << 24);
        ioApic.Write(0xfec00000, 4, 0x12);
        ioApic.Write(0xfec00010, 4, 0x31);
        pc.Keyboard.SetKey(Key.A, true);
        Assert.Equal(0x31, pc.Locals[1].Acknowledge());
        Assert.Equal(0x1cu, pc.In(0x60));
    }

    [Fact]
    public void A_disk_interrupts_through_the_slave()
    {
        var time = new TestClock();
        using var pc = new WholePc(time.Clock, 1);
        pc.Locals[0].Write32(0xf0, 0x1ff);
        pc.Locals[0].Write32(0x350, 0x700);
        InitializePics(pc);
        pc.Out(0x1f7, 0xec);
        pc.Drain();
        Assert.Equal(0x2e, pc.Locals[0].Acknowledge());
        Assert.Equal(0x58u, pc.In(0x1f7));
    }

    [Fact]
    public async Task Several_processors_at_everything_at_once_never_stop()
    {
        var clock = new VirtualClock();
        using var pc = new WholePc(clock, 3);
        using var timers = new LoopThread(clock);
        clock.Resume();
        var work = Task.WhenAll(Enumerable.Range(0, 3).Select(i => Task.Run(() => Disturb(pc, i, 60_000))));
        await work.WaitAsync(TimeSpan.FromSeconds(120));
        pc.Drain();
    }

    [Fact]
    public void A_whole_machine_comes_back_as_it_was()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var time = new TestClock();
            using var pc = new WholePc(time.Clock, 2);
            Disturb(pc, seed, 5000);
            pc.Drain();
            var saved = RecordingVisitor.Save(pc);
            var levels = (pc.Interrupts[0], pc.Interrupts[1]);
            Disturb(pc, seed + 10, 5000);
            pc.Drain();
            RecordingVisitor.Restore(pc, saved);
            Assert.Equal(RecordingVisitor.Describe(saved), RecordingVisitor.Describe(RecordingVisitor.Save(pc)));
            Assert.Equal(levels, (pc.Interrupts[0], pc.Interrupts[1]));
        }
    }

    private static void InitializePics(WholePc pc)
    {
        foreach (var (port, vector, cascade) in new (ushort, uint, uint)[] { (0x20, 0x20, 4), (0xa0, 0x28, 2) })
        {
            pc.Out(port, 0x11);
            pc.Out((ushort)(port + 1), vector);
            pc.Out((ushort)(port + 1), cascade);
            pc.Out((ushort)(port + 1), 1);
        }
    }

    /// <summary>A processor that reads and writes ports, configuration registers, device memory and its APIC at random, and takes interrupts.</summary>
    private static void Disturb(WholePc pc, int seed, int accesses)
    {
        var random = new Random(seed);
        var apic = pc.Locals[seed % pc.Locals.Length];
        var ports = pc.Ports.Regions;
        for (var i = 0; i < accesses; i++)
        {
            var size = 1 << random.Next(3);
            var value = random.Next(3) == 0 ? (uint)random.Next() : (uint)random.Next(256);
            switch (random.Next(8))
            {
                case 0:
                    pc.Out(0xcf8, 0x80000000u | (uint)random.Next(4) << 11 | (uint)random.Next(4) << 8 | (uint)random.Next(64) << 2, 4);
                    pc.Out(0xcfc, random.Next(4) == 0 ? value : value & 0xffff, 4);
                    break;
                case 1:
                    var regions = pc.Memory.Regions;
                    var region = regions[random.Next(regions.Count)];
                    var at = region.Range.Start + (ulong)random.NextInt64((long)Math.Min(region.Range.Length, 0x20000) / 8) * 8;
                    if (random.Next(2) == 0) region.Read(at, 4);
                    else region.Write(at, 4, value);
                    break;
                case 2:
                    var register = (ulong)random.Next(0x40) * 16;
                    if (random.Next(2) == 0) apic.Read32(register);
                    else apic.Write32(register, value);
                    break;
                case 3:
                    apic.Acknowledge();
                    apic.Write32(0xb0, 0);
                    break;
                case 4:
                    pc.Keyboard.SetKey((Key)random.Next(100), random.Next(2) == 0);
                    pc.Keyboard.Move(random.Next(10), random.Next(10), 0);
                    break;
                default:
                    var place = ports[random.Next(ports.Count)].Range;
                    var port = (ushort)(place.Start + (ulong)random.Next((int)place.Length));
                    if (random.Next(2) == 0) pc.In(port, size);
                    else pc.Out(port, value, size);
                    break;
            }
        }
    }
}
