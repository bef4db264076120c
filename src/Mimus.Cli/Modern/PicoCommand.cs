using System.CommandLine;
using Mimus.Boards;
using Mimus.Boards.Pico;
using Mimus.Cli.Running;

namespace Mimus.Cli.Modern;

/// <summary><c>mimus pico</c>: a boot sector on the smallest machine.</summary>
internal static class PicoCommand
{
    private static readonly Argument<string> s_file = new("file") { Description = "The program: at most 4 KiB of real-mode code, which begins at 0:0." };

    private static readonly Option<string> s_engine = new("--accel", "-accel") { Description = "The engine: interp, tcg, or kvm.", DefaultValueFactory = _ => "interp" };

    public static Command Create()
    {
        var command = new Command("pico", "Run a boot sector on one x86 processor with 4 KiB of memory; show its 80x25 text screen when it halts.") { s_file, s_engine };
        s_engine.CompletionSources.Add(_ => EngineCatalog.Names.Select(n => new System.CommandLine.Completions.CompletionItem(n)));
        command.SetAction(result => Run(result.GetValue(s_file)!, result.GetValue(s_engine)!));
        return command;
    }

    private static int Run(string path, string engine)
    {
        if (!EngineCatalog.Names.Contains(engine))
            throw new ConfigurationException($"--accel: there is no engine '{engine}'{Suggestion.For(engine, EngineCatalog.Names)}; there are {string.Join(", ", EngineCatalog.Names)}");
        using var accelerator = EngineCatalog.Create(engine);
        using var machine = new PicoMachine(Read(path), accelerator);
        machine.Run();
        HostOutput.Write(machine.Screen);
        if (machine.Trouble is not { } trouble) return 0;
        HostOutput.ErrorLine($"mimus pico: {trouble}");
        HostOutput.ErrorLine(machine.Registers());
        return 1;
    }

    internal static byte[] Read(string path)
    {
        if (Directory.Exists(path)) throw new ConfigurationException($"'{path}' is a folder; give the file of a program");
        if (!File.Exists(path)) throw new ConfigurationException($"program '{path}' does not exist; check the path");
        using var stream = File.OpenRead(path);
        // One byte more than fits is enough to know that it does not.
        var bytes = new byte[PicoMachine.MemoryBytes + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > PicoMachine.MemoryBytes)
            throw new ConfigurationException($"program '{path}' is longer than {PicoMachine.MemoryBytes} bytes, which is all the memory there is");
        if (length == 0) throw new ConfigurationException($"program '{path}' is empty");
        return bytes[..length];
    }
}
