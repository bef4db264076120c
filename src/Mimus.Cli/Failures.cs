using Mimus.Boards;
using Mimus.Core.Cpus;
using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Cli;

/// <summary>Turns what goes wrong into one sentence on standard error and exit status 1.</summary>
internal static class Failures
{
    private const string TraceVariable = "MIMUS_TRACE";

    public static int Report(string program, Func<int> run)
    {
        try
        {
            return run();
        }
#pragma warning disable CA1031 // the outermost frame: nobody is left to handle it, and people are not shown stack traces
        catch (Exception e)
        {
            HostOutput.ErrorLine($"{program}: {Sentence(e)}{Trace(e)}");
            return 1;
        }
#pragma warning restore CA1031
    }

    /// <summary>Where it went wrong, for those who ask for it.</summary>
    public static string Trace(Exception e) => Environment.GetEnvironmentVariable(TraceVariable) is null ? "" : $"\n{e}";

    /// <summary>What to tell a person.</summary>
    public static string Sentence(Exception e) => e switch
    {
        ConfigurationException or EngineException or HostException or StateException => e.Message,
        IOException or UnauthorizedAccessException => e.Message,
        _ => $"internal error: {e.GetType().Name}: {e.Message} (set {TraceVariable}=1 to see where)",
    };
}
