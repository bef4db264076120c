using Mimus.Core.Cpus;
using Mimus.TestSupport;

namespace Mimus.Kvm.Tests;

/// <summary>What is said of a host whose KVM cannot be used, and of one whose can.</summary>
public sealed class HostTests
{
    [Fact]
    public void A_device_that_is_not_there_is_told_with_what_to_do()
    {
        var problem = KvmAccelerator.FindProblem("/nowhere/kvm");
        Assert.Contains("/nowhere/kvm does not exist", problem!.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Remedy);
        var error = Assert.Throws<EngineException>(() => KvmAccelerator.Create("/nowhere/kvm"));
        Assert.Contains("/nowhere/kvm does not exist", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false, true, "modprobe kvm_intel")]
    [InlineData(false, true, false, "modprobe kvm_amd")]
    [InlineData(false, false, true, "nested virtualization")]
    [InlineData(false, false, false, "firmware's setup")]
    public void How_to_get_the_device_depends_on_the_processor(bool intel, bool amd, bool isGuest, string remedy) =>
        Assert.Contains(remedy, new HostProcessor(intel, amd, isGuest, null, false).HowToGetDevice(), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_no_device_is_told()
    {
        var path = Path.GetTempFileName();
        Assert.Contains("is no device of KVM", KvmAccelerator.FindProblem(path)!.Reason, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData(11, "use Linux 4.11 or later")]
    [InlineData(13, "a version of Mimus")]
    public void Another_version_of_the_interface_is_told(int version, string remedy) =>
        Assert.Contains(remedy, KvmHost.FindProblem("/dev/kvm", version, _ => 1)!.ToString(), StringComparison.Ordinal);

    [Fact]
    public void Each_capability_that_is_needed_is_missed_by_name()
    {
        Assert.Null(KvmHost.FindProblem("/dev/kvm", 12, _ => 1));
        foreach (var missing in KvmExtension.All)
        {
            var problem = KvmHost.FindProblem("/dev/kvm", 12, number => number == missing.Number ? 0 : 1);
            if (missing.IsNeeded) Assert.Contains(missing.Name, problem!.Reason, StringComparison.Ordinal);
            else Assert.Null(problem);
        }
    }

    [FactNeeding(Need.Kvm)]
    public void The_report_says_what_there_is()
    {
        var report = KvmReport.Examine();
        Assert.Null(report.Problem);
        Assert.All(report.Extensions.Where(e => e.Extension.IsNeeded), e => Assert.True(e.Value > 0, e.Extension.Name));
        Assert.Contains("/dev/kvm: usable", report.ToText(), StringComparison.Ordinal);
    }
}
