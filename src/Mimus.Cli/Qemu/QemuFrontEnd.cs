using Mimus.Cli.Running;

namespace Mimus.Cli.Qemu;

/// <summary>The command that understands QEMU's options.</summary>
internal static class QemuFrontEnd
{
    public static int Run(string program, ReadOnlySpan<string> arguments)
    {
        var words = arguments.ToArray();
        return Failures.Report(program, () =>
        {
            var request = new QemuRequest(program);
            CommandLineParser.Parse(words, request);
            if (request.Answer is null) return new MachineRunner(PlanMapping.ToPlan(request)).Run();
            HostOutput.Write(request.Answer);
            return 0;
        });
    }
}
