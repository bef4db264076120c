using System.Diagnostics;
using System.Globalization;
using Mimus.Bench;
using Mimus.Core.Cpus;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Isa.X86;
using Mimus.Kvm;

// What an MMIO exit costs in Mimus' loop around KVM_RUN, beside the least that a C program can do (loop.c): both in turn, in one run.
var (yardstick, count, rounds) = (args[0], uint.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
_ = Comparison.Measure(count); // code is compiled well after this
var (ours, theirs) = (new List<double>(), new List<double>());
for (var i = 0; i < rounds; i++)
{
    theirs.Add(Comparison.MeasureYardstick(yardstick, count));
    ours.Add(Comparison.Measure(count));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"C {theirs[^1],8:f0} ns   Mimus {ours[^1],8:f0} ns"));
}
// The host is shared and its speed changes: what ran right after each other is compared.
var ratio = Comparison.Median([.. ours.Zip(theirs, (a, b) => a / b)]);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"medians of {rounds} rounds, {count} exits each: C {Comparison.Median(theirs):f0} ns, Mimus {Comparison.Median(ours):f0} ns an exit, ratio {ratio:f3}"));

namespace Mimus.Bench
{
    /// <summary>The two sides of the comparison.</summary>
    internal static class Comparison
    {
        private const ulong Device = 0xd0000, Code = 0x1000;

        public static double Measure(uint count)
        {
            using var memory = new GuestMemory();
            var ram = memory.Add("ram", new AddressRange(0, Device));
            var bus = new AddressSpace();
            var device = new Register();
            bus.Map(ram);
            bus.Map(new AddressRange(Device, 4096), device);
            // mov ax, d000h; mov ds, ax; mov ecx, COUNT; again: mov [0], al; dec ecx; jnz again; hlt
            byte[] code = [0xb8, 0x00, 0xd0, 0x8e, 0xd8, 0x66, 0xb9, .. BitConverter.GetBytes(count), 0xa2, 0x00, 0x00, 0x66, 0x49, 0x75, 0xf9, 0xf4];
            ram.Load(Code, code);
            using var accelerator = KvmAccelerator.Create();
            using var cpu = new X86Cpu(0, CpuModels.Max, bus, new PortSpace(), time: null, MachineLog.Silent);
            using var vcpu = accelerator.CreateVcpu(cpu, new VcpuEnvironment(bus, memory, new DebugPoints(), MachineLog.Silent));
            cpu.StartReal(0, (ushort)Code);
            var began = Stopwatch.GetTimestamp();
            var exit = vcpu.Run();
            var passed = Stopwatch.GetElapsedTime(began);
            if (exit != VcpuExit.Halted || device.Count != count) throw new InvalidOperationException($"the guest ended with {exit} after {device.Count} exits: {vcpu.Failure}");
            return passed.TotalNanoseconds / count;
        }

        public static double MeasureYardstick(string program, uint count)
        {
            using var process = Process.Start(new ProcessStartInfo(program, count.ToString(CultureInfo.InvariantCulture)) { RedirectStandardOutput = true })!;
            var answer = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? double.Parse(answer, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"{program} failed");
        }

        public static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

        private sealed class Register : IMmioDevice
        {
            private byte _value;

            public string Name => "register";

            public uint Count { get; private set; }

            public void Read(ulong offset, Span<byte> data) => data.Fill(_value);

            public void Write(ulong offset, ReadOnlySpan<byte> data)
            {
                _value = data[0];
                Count++;
            }

            public void Reset() => _value = 0;

            public void State(StateVisitor v) => v.Field(1, "value", ref _value);
        }
    }
}
