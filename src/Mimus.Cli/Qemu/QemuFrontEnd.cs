using Mimus.Boards;
using Mimus.Cli.Running;

namespace Mimus.Cli.Qemu;

/// <summary>The command that understands QEMU's options.</summary>
internal static class QemuFrontEnd
{
    public static int Run(string architecture, ReadOnlySpan<string> arguments)
    {
        var words = arguments.ToArray();
        var program = "mimus-system-" + architecture;
        return Failures.Report(program, () =>
        {
            var request = new QemuRequest(program, Find(architecture));
            CommandLineParser.Parse(words, request);
            if (request.Answer is null) return new MachineRunner(PlanMapping.ToPlan(request)).Run();
            HostOutput.Write(request.Answer);
            return 0;
        });
    }

    private static Architecture Find(string name) => BoardCatalog.Architectures.FirstOrDefault(a => a.Name == name)
        ?? throw new ConfigurationException($"there is no architecture '{name}'; there are {string.Join(", ", BoardCatalog.Architectures.Select(a => a.Name))}");
}
