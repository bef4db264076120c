using System.Buffers.Binary;
using System.Text;
using Mimus.Boards;
using Mimus.Core.Memory;
using Mimus.TestSupport;

namespace Mimus.Boards.Tests;

/// <summary>Kernels that the PC starts without firmware: in which state they begin, and what they are told.</summary>
public sealed class PcKernelTests : IDisposable
{
    private const string Arguments = "one two";
    private const ulong MemoryBytes = 64 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;
    private readonly byte[] _initrd = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
    private Vm? _vm;

    public void Dispose()
    {
        _vm?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Multiboot()
    {
        var (eax, info, _) = Run(TestKernels.Multiboot1);
        Assert.Equal(0x2badb002u, eax);
        Assert.Equal(0x24du, Word(info) & 0x24d); // memory, command line, modules, map, loader
        Assert.EndsWith(" " + Arguments, Text(Word(info + 16)), StringComparison.Ordinal);
        Assert.Equal(1u, Word(info + 20));
        var module = Word(info + 24);
        Assert.Equal(_initrd, Bytes(Word(module), (int)(Word(module + 4) - Word(module))));
        var map = Enumerable.Range(0, (int)Word(info + 44) / 24).Select(i => Word(info + 48) + (ulong)(i * 24)).Select(a => (Long(a + 4), Long(a + 12), Word(a + 20)));
        CheckMap(map);
        Assert.Equal((639u, (uint)(MemoryBytes >> 10) - 1024), (Word(info + 4), Word(info + 8)));
    }

    [Fact]
    public void Multiboot2()
    {
        var (eax, info, _) = Run(TestKernels.Multiboot2);
        Assert.Equal(0x36d76289u, eax);
        var tags = new Dictionary<uint, ulong>();
        for (var at = info + 8UL; at < info + Word(info); at += (Word(at + 4) + 7UL) & ~7UL) tags.TryAdd(Word(at), at);
        Assert.Equal(Arguments, Text(tags[1] + 8));
        Assert.Equal(_initrd, Bytes(Word(tags[3] + 8), (int)(Word(tags[3] + 12) - Word(tags[3] + 8))));
        CheckMap(Enumerable.Range(0, (int)(Word(tags[6] + 4) - 16) / 24).Select(i => tags[6] + 16 + (ulong)(i * 24)).Select(a => (Long(a), Long(a + 8), Word(a + 16))));
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(Bytes(tags[15] + 8, 8)));
        Assert.True(tags.ContainsKey(0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pvh(bool isWide)
    {
        var (_, info, _) = Run(isWide ? TestKernels.Pvh64 : TestKernels.Pvh32);
        Assert.Equal((0x336ec578u, 1u, 1u), (Word(info), Word(info + 4), Word(info + 12)));
        var module = Long(info + 16);
        Assert.Equal(_initrd, Bytes(Long(module), (int)Long(module + 8)));
        Assert.Equal(Arguments, Text(Long(info + 24)));
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(Bytes(Long(info + 32), 8)));
        CheckMap(Enumerable.Range(0, (int)Word(info + 48)).Select(i => Long(info + 40) + (ulong)(i * 24)).Select(a => (Long(a), Long(a + 8), Word(a + 16))));
    }

    [Theory]
    [InlineData("qemu64", TestKernels.LongEntry)]
    [InlineData("pentium3", 0)]
    public void Linux_begins_with_64_bits_where_it_and_the_processor_have_them(string cpu, uint expected)
    {
        var (eax, _, parameters) = Run(TestKernels.Linux64, cpu);
        Assert.Equal(expected, eax);
        Assert.Equal(Arguments, Text(Word(parameters + 0x228)));
    }

    [Fact]
    public void Linux()
    {
        var (_, _, parameters) = Run(TestKernels.Linux);
        Assert.Equal(0x53726448u, Word(parameters + 0x202));
        Assert.Equal(0xff, Bytes(parameters + 0x210, 1)[0]);
        Assert.Equal(Arguments, Text(Word(parameters + 0x228)));
        Assert.Equal(_initrd, Bytes(Word(parameters + 0x218), (int)Word(parameters + 0x21c)));
        Assert.Equal("RSD PTR ", Encoding.ASCII.GetString(Bytes(Long(parameters + 0x70), 8)));
        CheckMap(Enumerable.Range(0, Bytes(parameters + 0x1e8, 1)[0]).Select(i => parameters + 0x2d0 + (ulong)(i * 20)).Select(a => (Long(a), Long(a + 8), Word(a + 16))));
    }

    /// <summary>Kernels that know nothing of APICs find the 8259s as firmware leaves them: connected.</summary>
    [Fact]
    public void Interrupts_of_the_8259s_arrive() => Run(TestKernels.Timer);

    [Fact]
    public async Task A_triple_fault_resets_the_machine()
    {
        Create(TestKernels.TripleFault, new VmOptions { StopOnReset = true });
        _vm!.Resume();
        Assert.Equal(0, await _vm.Ended.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void A_reset_starts_the_kernel_again()
    {
        Run(TestKernels.Multiboot1);
        var registers = Bytes(TestKernels.Registers, 12);
        _vm!.Machine.Memory.TryWrite(new GuestAddress(TestKernels.LoadAddress), new byte[64]);
        _vm.Machine.Reset();
        Assert.Equal(TestKernels.Multiboot1, Bytes(TestKernels.LoadAddress, TestKernels.Multiboot1.Length));
        Assert.Equal(BitConverter.ToUInt32(registers, 4), ((Mimus.Isa.X86.X86Cpu)_vm.Machine.Cpus[0]).Registers.General[Mimus.Isa.X86.Slot.Rbx]);
    }

    [Theory]
    [InlineData("header", 0, 30, "cut short")]
    [InlineData("header", 16, 0, "not in the file")] // begins above its header
    [InlineData("flags", 0, 0, "asks for something unknown")]
    public void Damaged_Multiboot_kernels_are_refused(string what, int offset, int length, string expected)
    {
        var kernel = (byte[])TestKernels.Multiboot1.Clone();
        if (what == "flags")
        {
            kernel[4] |= 0x80;
            BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(8), unchecked(0u - 0x1badb002 - BinaryPrimitives.ReadUInt32LittleEndian(kernel.AsSpan(4))));
        }
        else if (length > 0) kernel = kernel[..length];
        else BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(offset), 0xffff_0000);
        Assert.Contains(expected, Assert.Throws<ConfigurationException>(() => Create(kernel)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(TestKernels.Multiboot1))]
    [InlineData(nameof(TestKernels.Multiboot2))]
    [InlineData(nameof(TestKernels.Pvh32))]
    [InlineData(nameof(TestKernels.Pvh64))]
    [InlineData(nameof(TestKernels.Linux))]
    [InlineData(nameof(TestKernels.Linux64))]
    public void Kernels_of_random_bytes_are_started_or_refused_by_a_sentence(string name)
    {
        var random = new Random(TestSeed.Value);
        var original = (byte[])typeof(TestKernels).GetProperty(name)!.GetValue(null)!;
        for (var i = 0; i < 300; i++)
        {
            var kernel = (byte[])original.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--) kernel[random.Next(Math.Min(kernel.Length, 0x280))] = (byte)random.Next(256);
            if (random.Next(4) == 0) kernel = kernel[..random.Next(1, kernel.Length)];
            try
            {
                Create(kernel);
            }
            catch (ConfigurationException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            _vm?.Dispose();
            _vm = null;
        }
    }

    private static void CheckMap(IEnumerable<(ulong Start, ulong Length, uint Kind)> map)
    {
        var entries = map.ToArray();
        Assert.Contains((0ul, 0x9fc00ul, 1u), entries);
        Assert.Contains((0x10_0000ul, MemoryBytes - 0x10_0000, 1u), entries);
        Assert.Equal(MemoryBytes - 0x10_0000 + 0x9fc00, entries.Where(e => e.Kind == 1).Aggregate(0ul, (sum, e) => sum + e.Length));
    }

    private (uint Eax, uint Ebx, uint Esi) Run(byte[] kernel, string? cpu = null)
    {
        Create(kernel, cpu: cpu);
        _vm!.Resume();
        Assert.True(_vm.Ended.Wait(TimeSpan.FromSeconds(60)), $"the kernel did not end: {_vm.Failure}");
        Assert.Equal(TestKernels.Status, _vm.Ended.Result);
        return (Word(TestKernels.Registers), Word(TestKernels.Registers + 4), Word(TestKernels.Registers + 8));
    }

    private void Create(byte[] kernel, VmOptions? options = null, string? cpu = null)
    {
        var initrd = Path.Combine(_folder, "initrd");
        File.WriteAllBytes(initrd, _initrd);
        var path = Path.Combine(_folder, "kernel");
        File.WriteAllBytes(path, kernel);
        _vm = Vm.Create(new MachineConfiguration
        {
            Board = "pc",
            MemoryBytes = MemoryBytes,
            CpuModel = cpu,
            KernelPath = path,
            InitrdPath = initrd,
            CommandLine = Arguments,
            Devices = [new DeviceRequest("isa-debug-exit", new Dictionary<string, string> { ["iobase"] = $"0x{TestKernels.Port:x}" })],
        }, BoardCatalog.X86, options);
    }

    private byte[] Bytes(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_vm!.Machine.Memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }

    private uint Word(ulong address) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(address, 4));

    private ulong Long(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(address, 8));

    private string Text(ulong address)
    {
        var bytes = Bytes(address, 200);
        return Encoding.ASCII.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
    }
}
