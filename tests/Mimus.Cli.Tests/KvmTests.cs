using Mimus.Cli.Modern;
using Mimus.Cli.Tests.Support;
using Mimus.Isa.X86;
using Mimus.TestSupport;
using Mimus.Translation;

namespace Mimus.Cli.Tests;

/// <summary>The kernel's virtualization on the command line: how it is asked for, and what is said of what it cannot do.</summary>
public sealed class KvmTests
{
    [TheoryNeeding(Need.Kvm)]
    [InlineData("-accel kvm")]
    [InlineData("-enable-kvm")]
    [InlineData("-M accel=kvm:tcg")]
    [InlineData("-machine q35,accel=kvm")]
    [InlineData("-accel kvm -accel tcg")]
    [InlineData("-accel hvf -accel kvm -accel tcg")]
    public void Is_taken_where_it_is_the_first_that_is_there(string line) => Assert.Equal("kvm", CommandLine.Plan(line, CommandLine.X64).Engine);

    [Fact]
    public void Is_not_taken_without_being_asked_for() => Assert.Equal(Engines.Names[0], CommandLine.Plan("", CommandLine.X64).Engine);

    [Theory]
    [InlineData("-accel kvm", "riscv64", "it runs x86 machines on this host, not riscv64")]
    [InlineData("-cpu host", "x86_64", "-cpu host is the host's processor")]
    [InlineData("-accel kvm:nothing", "riscv64", "there is no accelerator 'nothing'")]
    public void Is_refused_with_what_is_wrong(string line, string architecture, string expected) =>
        Assert.Contains(expected, CommandLine.Refusal(line, architecture), StringComparison.Ordinal);

    [FactNeeding(Need.Kvm)]
    public void Does_not_count_instructions() =>
        Assert.Contains("-icount is not possible with -accel kvm", CommandLine.Refusal("-accel kvm -icount 3", CommandLine.X64), StringComparison.Ordinal);

    [FactNeeding(Need.Kvm)]
    public void The_hosts_processor_is_all_that_both_have()
    {
        var plan = CommandLine.Plan("-accel kvm -cpu host,migratable=off,-nx", CommandLine.X64);
        Assert.Equal("max,-nx", plan.Machine.CpuModel);
        var missing = Kvm.KvmAccelerator.FindMissing(CpuModels.Max.Features);
        Assert.Contains(plan.Warnings, w => w.Contains(FeatureNames.Describe(missing.Except(new FeatureSet(X86Feature.Nx))), StringComparison.Ordinal));
    }

    [TheoryNeeding(Need.Kvm)]
    [InlineData("on", true)]
    [InlineData("split", true)]
    [InlineData("off", false)]
    public void Interrupt_controllers_in_the_kernel_are_told_not_to_be(string kind, bool isTold) =>
        Assert.Equal(isTold, CommandLine.Plan($"-accel kvm,kernel-irqchip={kind}", CommandLine.X64).Warnings.Any(w => w.Contains("kernel-irqchip", StringComparison.Ordinal)));

    [Fact]
    public void An_engine_that_pico_does_not_have_is_refused() =>
        Assert.Equal(1, ModernFrontEnd.Run(["pico", "x", "--accel", "kvn"]));
}
