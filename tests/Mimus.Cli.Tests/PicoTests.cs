using Mimus.Boards.Pico;
using Mimus.Cli.Modern;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Cli.Tests;

/// <summary><c>mimus pico</c>: what a boot sector shows, and how it ends when it asks for what is not there.</summary>
public sealed class PicoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_boot_sector_writes_its_banner()
    {
        using var machine = Run(File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", "pico", "pico.bin")));
        Assert.Null(machine.Trouble);
        var rows = machine.Screen.Split('\n');
        Assert.Equal("                       Hello from a real-mode boot sector", rows[11]);
        Assert.All(rows.Take(10), row => Assert.Equal("", row));
    }

    [Theory]
    [InlineData("a10090f4", "read of 2 bytes at address 0x9000")] // mov ax, [9000h]
    [InlineData("b80080 8ed8 c70600001234 f4", "write of 2 bytes at address 0x80000")] // mov [8000h:0], 3412h
    [InlineData("e460f4", "read of 1 bytes at port 0x60")] // in al, 60h
    [InlineData("e680f4", "write of 1 bytes at port 0x80")] // out 80h, al
    [InlineData("eaffff00f0", "no memory with instructions at 0xfffff")] // jmp f000h:ffffh
    public void An_exit_that_nobody_knows_is_told(string code, string expected)
    {
        using var machine = Run(Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Contains(expected, machine.Trouble, StringComparison.Ordinal);
        Assert.Contains("eip", machine.Registers(), StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_are_those_right_behind_the_access()
    {
        using var machine = Run([0xb0, 0x42, 0xe6, 0x80, 0xb0, 0x43, 0xf4]);
        Assert.Contains("eax 00000042", machine.Registers(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_programs_are_refused_by_a_sentence()
    {
        var empty = Path.Combine(_folder, "empty");
        File.WriteAllBytes(empty, []);
        var large = Path.Combine(_folder, "large");
        File.WriteAllBytes(large, new byte[PicoMachine.MemoryBytes + 1]);
        foreach (var path in new[] { empty, large, _folder, "/nowhere/p" })
        {
            var sentence = Failures.Sentence(Record.Exception(() => PicoCommand.Read(path))!);
            Assert.Contains(path, sentence, StringComparison.Ordinal);
            Assert.DoesNotContain("internal error", sentence, StringComparison.Ordinal);
        }
    }

    private static PicoMachine Run(byte[] program)
    {
        var machine = new PicoMachine(program, new EvaluatorAccelerator());
        machine.Run();
        return machine;
    }
}
