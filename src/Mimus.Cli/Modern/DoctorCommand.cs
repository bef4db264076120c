using System.CommandLine;
using Mimus.Kvm;

namespace Mimus.Cli.Modern;

/// <summary><c>mimus doctor</c>: what this host offers, and for what is missing the remedy.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Say what this host offers to Mimus, and what to do about what is missing.");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        var report = KvmReport.Examine();
        HostOutput.Write(report.ToText());
        return report.Problem is null ? 0 : 1;
    }
}
