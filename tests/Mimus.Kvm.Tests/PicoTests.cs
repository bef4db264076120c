using Mimus.Boards.Pico;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Kvm.Tests;

/// <summary>The smallest machine on the kernel's virtualization and on the evaluator: the same screen, the same accesses, the same end.</summary>
public sealed class PicoTests
{
    [FactNeeding(Need.Kvm)]
    public void The_boot_sector_shows_the_same_by_as_many_exits()
    {
        var program = File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", "pico", "pico.bin"));
        using var evaluator = new EvaluatorAccelerator();
        using var expected = new PicoMachine(program, evaluator);
        expected.Run();
        using var kvm = KvmAccelerator.Create();
        using var machine = new PicoMachine(program, kvm);
        machine.Run();
        Assert.Null(machine.Trouble);
        Assert.Equal(expected.Screen, machine.Screen);
        Assert.True(expected.ScreenAccesses > 0);
        Assert.Equal(expected.ScreenAccesses, machine.ScreenAccesses);
        Assert.Equal(expected.ScreenAccesses, machine.Exits.Where(e => e.Reason.StartsWith("device", StringComparison.Ordinal)).Sum(e => (int)e.Count));
    }

    [TheoryNeeding(Need.Kvm)]
    [InlineData("a10090f4", "read of 2 bytes at address 0x9000")] // mov ax, [9000h]
    [InlineData("b80080 8ed8 c70600001234 f4", "write of 2 bytes at address 0x80000")] // mov [8000h:0], 3412h
    [InlineData("e460f4", "read of 1 bytes at port 0x60")] // in al, 60h
    [InlineData("e680f4", "write of 1 bytes at port 0x80")] // out 80h, al
    [InlineData("eaffff00f0", "it cannot carry out an instruction")] // jmp f000h:ffffh
    public void An_exit_that_nobody_knows_is_told(string code, string expected)
    {
        using var kvm = KvmAccelerator.Create();
        using var machine = new PicoMachine(Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal)), kvm);
        machine.Run();
        Assert.Contains(expected, machine.Trouble, StringComparison.Ordinal);
    }

    [FactNeeding(Need.Kvm)]
    public void Registers_are_those_right_behind_the_access()
    {
        using var kvm = KvmAccelerator.Create();
        using var machine = new PicoMachine([0xb0, 0x42, 0xe6, 0x80, 0xb0, 0x43, 0xf4], kvm);
        machine.Run();
        Assert.Contains("eax 00000042", machine.Registers(), StringComparison.Ordinal);
        Assert.Contains("eip 00000004", machine.Registers(), StringComparison.Ordinal);
    }
}
