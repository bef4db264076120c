using System.Diagnostics;
using Mimus.Boards;
using Mimus.TestSupport;

namespace Mimus.Guests.Tests;

/// <summary>
/// The bare-metal benchmark suite, an eighth of its work: every kernel's checksum must be that of the same kernel run natively
/// on the host. The suite lies beside the repository, or where MIMUS_BENCH says.
/// </summary>
public sealed class BenchmarkSuiteTests
{
    private static readonly Lazy<string> s_build = new(() => Build("bench", shift: 3, "rv64-m.elf", "rv64-sv39.elf", "rv64-m-smp.elf", "rv64-sv39-smp.elf", "native"));

    // Less work: the evaluator runs it.
    private static readonly Lazy<string> s_x64Build = new(() => Build("bench-x64", shift: 7, "x64.elf", "native"));

    [TheoryNeeding(Need.RiscVCompiler, Need.BenchmarkSuite)]
    [InlineData("rv64-m", null)]
    [InlineData("rv64-sv39", null)]
    [InlineData("rv64-sv39", "interp")]
    [InlineData("rv64-sv39", "regions at once")]
    [InlineData("rv64-sv39", "little code memory")]
    public void Every_kernel_has_the_checksum_of_the_native_run(string name, string? engine)
    {
        var expected = Checksums(RunNative(s_build.Value));
        var found = Checksums(Run(name, 1, engine is null ? null : GuestEngines.Find(engine)));
        Assert.True(expected.Count > 15, "the native run is not the whole suite");
        // The host counts system calls of its own; the other kernels compute the same everywhere.
        foreach (var (kernel, sum) in expected.Where(e => e.Key != "syscall")) Assert.Equal((kernel, sum), (kernel, found.GetValueOrDefault(kernel)));
    }

    [FactNeeding(Need.X64Compiler, Need.BenchmarkSuite)]
    public void Every_kernel_has_the_checksum_of_the_native_run_on_a_pc()
    {
        const int Left = 1; // what the guest writes to the port is 0
        using var guest = new Guest(new MachineConfiguration
        {
            Board = "pc",
            MemoryBytes = 256 << 20,
            KernelPath = Path.Combine(s_x64Build.Value, "x64.elf"),
            Devices = [new DeviceRequest("isa-debug-exit", new Dictionary<string, string> { ["iobase"] = "0xf4" })],
        });
        Assert.Equal(Left, guest.RunToEnd(600));
        Assert.Contains("SUITE-END", guest.Console.Output, StringComparison.Ordinal);
        var expected = Checksums(RunNative(s_x64Build.Value));
        var found = Checksums(guest.Console.Output);
        var common = expected.Keys.Intersect(found.Keys).Where(k => k != "syscall").ToArray();
        Assert.True(common.Length > 15, "the two have too little in common");
        foreach (var kernel in common) Assert.Equal((kernel, expected[kernel]), (kernel, found[kernel]));
    }

    [TheoryNeeding(Need.RiscVCompiler, Need.BenchmarkSuite)]
    [InlineData("rv64-m-smp")]
    [InlineData("rv64-sv39-smp")]
    public void Two_harts_lose_nothing(string name)
    {
        var found = Checksums(Run(name, 2));
        // Additions and lock rounds of both harts: twice what one does.
        Assert.Equal(2ul * (10_000_000 >> 3), found["smp_amo"]);
        Assert.Equal(2ul * (3_000_000 >> 3), found["smp_lock"]);
        Assert.Equal(2ul * (1_000_000 >> 3), found["smp_pingpong"]);
    }

    private static string Run(string name, int cpus, VmOptions? engine = null)
    {
        using var guest = new Guest(new MachineConfiguration
        {
            Cpus = cpus,
            MemoryBytes = 256 << 20,
            Firmware = "none",
            KernelPath = Path.Combine(s_build.Value, name + ".elf"),
        }, engine);
        Assert.Equal(0, guest.RunToEnd(600));
        Assert.Contains("SUITE-END", guest.Console.Output, StringComparison.Ordinal);
        return guest.Console.Output;
    }

    private static Dictionary<string, ulong> Checksums(string output) => output.Split('\n').Select(l => l.Trim().Split(' ')).Where(f => f is ["END", _, _, _, _])
        .ToDictionary(f => f[1], f => ulong.Parse(f[4], System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture));

    private static string RunNative(string build) => RunProcess(Path.Combine(build, "native"), []);

    private static string Build(string folder, int shift, params string[] files)
    {
        var output = Path.Combine(TestNeeds.Repository, ".cache", folder);
        RunProcess("make", ["-C", Path.Combine(TestNeeds.BenchmarkSuite, "guests"), $"O={output}", $"SHIFT={shift}", .. files.Select(f => Path.Combine(output, f))]);
        return output;
    }

    private static string RunProcess(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with status {process.ExitCode}");
        return output;
    }
}
