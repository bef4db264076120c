using System.Buffers.Binary;
using Mimus.Boards.DeviceTrees;
using Mimus.Core.Memory;
using Mimus.TestSupport;

namespace Mimus.Boards.Tests;

/// <summary>Kernels, ELF files and device trees that lie: each is a sentence for people, never a crash and never unbounded memory.</summary>
public sealed class HostileFileTests
{
    private static readonly byte[] s_demo = File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", "demo", "demo.elf"));

    [Fact]
    public void Mutated_ELF_files_load_or_are_refused_in_words()
    {
        var seed = TestSeed.Value;
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 2000; i++)
        {
            var changed = (byte[])s_demo.Clone();
            for (var c = 1 + random.Next(3); c > 0; c--) changed[random.Next(64 + (5 * 56))] = (byte)random.Next(256);
            try
            {
                Build(new MachineConfiguration { Firmware = "none", KernelImage = changed }).Dispose();
            }
            catch (ConfigurationException e)
            {
                refused++;
                Assert.StartsWith("kernel 'the built-in guest' ", e.Message, StringComparison.Ordinal);
            }
        }
        Assert.True(refused > 500, $"only {refused} of 2000 mutations were noticed; seed {seed}");
    }

    public static TheoryData<string, string, Action<byte[]>> BrokenElfFiles => new()
    {
        { "another class", "64-bit", b => b[4] = 1 },
        { "another byte order", "little-endian", b => b[5] = 2 },
        { "another machine", "another machine", b => b[18] = 62 },
        { "program headers outside", "outside the file", b => BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(32), ulong.MaxValue - 8) },
        { "no program headers", "program headers", b => b[56] = 0 },
        { "a segment past the file's end", "cut short", b => BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(FirstLoad(b) + 8), 1ul << 62) },
        { "a segment that wraps", "wraps", b => { BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(FirstLoad(b) + 24), ulong.MaxValue - 64); } },
        { "a segment past memory", "does not fit", b => BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(FirstLoad(b) + 40), 1ul << 40) },
        { "a segment below memory", "does not fit", b => BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(FirstLoad(b) + 24), 0x4000_0000) },
        { "an entry outside", "entry point", b => BinaryPrimitives.WriteUInt64LittleEndian(b.AsSpan(24), 0x1234) },
    };

    [Theory]
    [MemberData(nameof(BrokenElfFiles))]
    public void An_ELF_file_that_lies_is_refused_by_what_is_wrong(string what, string said, Action<byte[]> damage)
    {
        var bytes = (byte[])s_demo.Clone();
        damage(bytes);
        var error = Assert.Throws<ConfigurationException>(() => Build(new MachineConfiguration { Firmware = "none", KernelImage = bytes }).Dispose());
        Assert.True(error.Message.Contains(said, StringComparison.Ordinal), $"{what}: {error.Message}");
    }

    [Fact]
    public void A_Linux_header_that_claims_more_than_memory_is_refused()
    {
        var image = new byte[4096];
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), 1ul << 50);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(56), 0x05435352);
        Assert.Contains("does not fit", Assert.Throws<ConfigurationException>(() => Build(new MachineConfiguration { KernelImage = image }).Dispose()).Message, StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(16), ulong.MaxValue);
        Assert.Throws<ConfigurationException>(() => Build(new MachineConfiguration { KernelImage = image }).Dispose());
    }

    [Fact]
    public void Mutated_device_trees_are_read_or_refused()
    {
        byte[] good;
        using (var vm = Build(new MachineConfiguration { Cpus = 2 })) good = vm.Machine.DeviceTree.ToArray();
        var again = DeviceTreeWriter.Write(DeviceTreeReader.Read(good));
        Assert.Equal(good, again);

        var seed = TestSeed.Value;
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var changed = (byte[])good.Clone();
            for (var c = 1 + random.Next(4); c > 0; c--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            if (random.Next(10) == 0) changed = changed[..random.Next(changed.Length)];
            try
            {
                DeviceTreeReader.Read(changed);
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.True(refused > 2000, $"only {refused} of 20000; seed {seed}");
    }

    [Fact]
    public void A_device_tree_nested_without_end_is_refused()
    {
        var root = new DeviceTreeNode("");
        var node = root;
        for (var i = 0; i < 10_000; i++) node = node.Add("n");
        byte[] deep = [];
        var thread = new Thread(() => deep = DeviceTreeWriter.Write(root), 64 << 20);
        thread.Start();
        thread.Join();
        Assert.Throws<FormatException>(() => DeviceTreeReader.Read(deep));
    }

    [Fact]
    public void A_reset_reads_the_kernel_again_from_the_file_that_was_opened()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, s_demo);
        using var vm = Build(new MachineConfiguration { Firmware = "none", KernelPath = path });
        var code = new byte[4096];
        Assert.True(vm.Machine.Memory.TryRead(new GuestAddress(0x8000_0000), code));
        File.Delete(path);
        vm.Machine.Memory.TryWrite(new GuestAddress(0x8000_0000), new byte[4096]);
        vm.Machine.Reset();
        var again = new byte[4096];
        Assert.True(vm.Machine.Memory.TryRead(new GuestAddress(0x8000_0000), again));
        Assert.Equal(code, again);
    }

    [Fact]
    public void A_kernel_that_was_cut_short_meanwhile_is_refused_at_the_reset()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, s_demo);
        using var vm = Build(new MachineConfiguration { Firmware = "none", KernelPath = path });
        File.WriteAllBytes(path, s_demo[..100]);
        Assert.Contains($"kernel '{path}' cannot be read", Assert.Throws<ConfigurationException>(vm.Machine.Reset).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    private static int FirstLoad(byte[] elf)
    {
        var at = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(32));
        while (BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(at)) != 1) at += BinaryPrimitives.ReadUInt16LittleEndian(elf.AsSpan(54));
        return at;
    }

    private static Vm Build(MachineConfiguration configuration) => Vm.Create(configuration, BoardCatalog.RiscV);
}
