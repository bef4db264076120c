namespace Mimus.Control.Tests.Gdb;

/// <summary>A test that needs the debugger itself.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GdbFactAttribute : FactAttribute
{
    public const string Program = "gdb-multiarch";

    public GdbFactAttribute()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(f => File.Exists(Path.Combine(f, Program)))) Skip = $"{Program} is not installed";
    }
}
