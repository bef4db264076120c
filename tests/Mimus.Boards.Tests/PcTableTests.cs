using System.Diagnostics;
using System.Text;
using Mimus.Boards;
using Mimus.Boards.Smbios;
using Mimus.Core.Memory;
using Mimus.TestSupport;

namespace Mimus.Boards.Tests;

/// <summary>What the PC says of itself: ACPI against the disassembler of those who wrote the specification, and SMBIOS.</summary>
public sealed class PcTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("pc", "APIC", "DSDT", "FACP", "FACS", "HPET", "RSDT", "XSDT")]
    [InlineData("q35", "APIC", "DSDT", "FACP", "FACS", "HPET", "MCFG", "RSDT", "XSDT")]
    public void All_tables_are_found_and_whole(string board, params string[] names)
    {
        using var vm = Create(board);
        Assert.Equal(names, AcpiReader.Read(vm.Machine.Memory).Keys.Order(StringComparer.Ordinal));
    }

    [TheoryNeeding(Need.AcpiCompiler)]
    [InlineData("pc", "PNP0A03", 2)]
    [InlineData("q35", "PNP0A08", 3)]
    public void The_disassembler_reads_every_table_and_the_compiler_what_it_wrote(string board, string root, int windows)
    {
        using var vm = Create(board);
        var sources = AcpiReader.Read(vm.Machine.Memory).ToDictionary(t => t.Key, t => Disassemble(t.Key, t.Value));
        Assert.All(sources, s => Assert.DoesNotContain("error", s.Value, StringComparison.OrdinalIgnoreCase));
        Assert.All(sources, s => Assert.DoesNotContain("warning", s.Value, StringComparison.OrdinalIgnoreCase));
        Assert.Contains($"Name (_HID, EisaId (\"{root}\")", sources["DSDT"], StringComparison.Ordinal);
        Assert.Contains("Device (COM1)", sources["DSDT"], StringComparison.Ordinal);
        Assert.Equal(128, sources["DSDT"].Split("FFFF, ").Length - 1 - 1 - windows); // routes of 32 slots
        Assert.Contains("Local Apic Address : FEE00000", sources["APIC"], StringComparison.Ordinal);
        Assert.Contains("PM Timer Block Address : 00000608", sources["FACP"], StringComparison.Ordinal);
        var compiled = RunTool("iasl", "-p", Path.Combine(_folder, "again"), Path.Combine(_folder, "DSDT.dsl"));
        Assert.Contains("Compilation successful. 0 Errors", compiled, StringComparison.Ordinal);
    }

    [Fact]
    public void Smbios_says_what_was_asked_for()
    {
        using var vm = Create("pc", new SmbiosRequest(1, new Dictionary<string, string> { ["serial"] = "ds=nocloud-net;s=http://10.10.0.1:8000/" }));
        var bytes = new byte[0x10000];
        Assert.True(vm.Machine.Memory.TryRead(new GuestAddress(0xf0000), bytes));
        var anchor = bytes.AsSpan(bytes.AsSpan().IndexOf("_SM_"u8), 31);
        Assert.Equal(0, Sum(anchor));
        Assert.Equal(0, Sum(anchor[16..]));
        var tables = bytes.AsSpan((int)BitConverter.ToUInt32(anchor[24..]) - 0xf0000, BitConverter.ToUInt16(anchor[22..]));
        var types = new List<int>();
        while (!tables.IsEmpty)
        {
            types.Add(tables[0]);
            var end = tables[tables[1]..].IndexOf((ReadOnlySpan<byte>)[0, 0]) + tables[1];
            if (tables[0] == 1) Assert.Contains("ds=nocloud-net;s=http://10.10.0.1:8000/", Encoding.ASCII.GetString(tables[..end]), StringComparison.Ordinal);
            tables = tables[(end + 2)..];
        }
        Assert.Equal([0, 1, 3, 4, 16, 17, 19, 32, 127], types);
        Assert.Equal(types.Count, BitConverter.ToUInt16(anchor[28..]));
    }

    private Vm Create(string board, params SmbiosRequest[] said)
    {
        var path = Path.Combine(_folder, "kernel");
        File.WriteAllBytes(path, TestKernels.Multiboot1);
        return Vm.Create(new MachineConfiguration { Board = board, KernelPath = path, MemoryBytes = 64 << 20, SerialLines = [new RecordingConsole()], Smbios = said }, BoardCatalog.X86);
    }

    private string Disassemble(string name, byte[] table)
    {
        var file = Path.Combine(_folder, name + ".aml");
        File.WriteAllBytes(file, table);
        var said = RunTool("iasl", "-d", file);
        var source = Path.ChangeExtension(file, ".dsl");
        Assert.True(File.Exists(source), said);
        return File.ReadAllText(source);
    }

    private static string RunTool(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.Result;
    }

    private static byte Sum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes) sum += value;
        return sum;
    }
}
