using Mimus.Kvm;

namespace Mimus.TestSupport;

/// <summary>Where the things are that tests/needs/install fetches, and the reason to skip a test where one is missing.</summary>
public static class TestNeeds
{
    private const string Advice = "run ./test --all, or tests/needs/install";

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder of fetched things.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("MIMUS_NEEDS") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Repository, ".cache", "needs");

    public static string Qemu10 => Path.Combine(Folder, "bin", "qemu-system-riscv64");

    public static string QemuX64 => Path.Combine(Folder, "bin", "qemu-system-x86_64");

    public static string QemuImg => Path.Combine(Folder, "bin", "qemu-img");

    public static string LinuxImage => Path.Combine(Folder, "riscv64", "Image");

    public static string Initramfs => Path.Combine(Folder, "riscv64", "initramfs.gz");

    public static string X64LinuxImage => Path.Combine(Folder, "amd64", "bzImage");

    public static string X64Initramfs => Path.Combine(Folder, "amd64", "initramfs.gz");

    public static string X86LinuxImage => Path.Combine(Folder, "i386", "bzImage");

    public static string X86Initramfs => Path.Combine(Folder, "i386", "initramfs.gz");

    public static string DiskModules => Path.Combine(Folder, "riscv64", "disk-modules.gz");

    public static string OpenSbiJump => Path.Combine(Folder, "riscv64", "fw_jump.bin");

    public static string OpenSbiDynamic => Path.Combine(Folder, "riscv64", "fw_dynamic.bin");

    /// <summary>The benchmark suite, which is no part of the repository.</summary>
    public static string BenchmarkSuite => Environment.GetEnvironmentVariable("MIMUS_BENCH") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Repository, "..", "shared", "bench");

    public static string UBoot => Path.Combine(Folder, "riscv64", "u-boot.bin");

    public static string UBootSupervisor => Path.Combine(Folder, "riscv64", "u-boot-smode.bin");

    public static string SeaBios => Path.Combine(Folder, "seabios", "usr", "share", "seabios", "bios-256k.bin");

    public static string OvmfCode => Path.Combine(Folder, "ovmf", "usr", "share", "OVMF", "OVMF_CODE_4M.fd");

    public static string OvmfSettings => Path.Combine(Folder, "ovmf", "usr", "share", "OVMF", "OVMF_VARS_4M.fd");

    public static string OvmfWhole => Path.Combine(Folder, "ovmf", "usr", "share", "ovmf", "OVMF.fd");

    public static string GrubDisk => Path.Combine(Folder, "amd64", "grub-disk.img");

    public static string Memtest => Path.Combine(Folder, "memtest", "boot", "memtest86+x64.bin");

    /// <summary>Why tests that have this need cannot run here, or null when they can.</summary>
    public static string? Missing(Need need) => need switch
    {
        Need.Qemu10 => MissingFile(Qemu10, "QEMU 10"),
        Need.QemuX64 => MissingFile(QemuX64, "QEMU 10 for x86-64"),
        Need.QemuImg => MissingFile(QemuImg, "qemu-img of QEMU 10"),
        Need.RiscVLinux => MissingFile(LinuxImage, "A Linux kernel for RISC-V") ?? MissingFile(Initramfs, "The initramfs for RISC-V"),
        Need.DiskModules => MissingFile(DiskModules, "The archive of Linux's drivers of disks"),
        Need.X64Linux => MissingFile(X64LinuxImage, "A Linux kernel for x86-64") ?? MissingFile(X64Initramfs, "The initramfs for x86-64"),
        Need.X86Linux => MissingFile(X86LinuxImage, "A Linux kernel for 32-bit x86") ?? MissingFile(X86Initramfs, "The initramfs for 32-bit x86"),
        Need.X64Compiler => OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64
            ? MissingProgram("gcc") : "the host's compiler makes nothing for x86-64",
        Need.Kvm => KvmAccelerator.FindProblem()?.ToString(),
        Need.HardwareKvm => Missing(Need.Kvm) ?? (KvmReport.Examine().IsSoftware ? "this host's KVM is PVM, under which guests see the host's own CPUID and time-stamp counter" : null),
        Need.AcpiCompiler => MissingProgram("iasl"),
        Need.OpenSbi => MissingFile(OpenSbiDynamic, "OpenSBI"),
        Need.UBoot => MissingFile(UBoot, "U-Boot"),
        Need.SeaBios => MissingFile(SeaBios, "SeaBIOS"),
        Need.Ovmf => MissingFile(OvmfCode, "OVMF"),
        Need.GrubDisk => MissingFile(GrubDisk, "The disk with GRUB and Linux"),
        Need.Memtest => MissingFile(Memtest, "memtest86+"),
        Need.Gdb => MissingProgram("gdb-multiarch"),
        Need.TerminalRecorder => MissingProgram("script"),
        Need.DeviceTreeCompiler => MissingProgram("dtc"),
        Need.BenchmarkSuite => Directory.Exists(BenchmarkSuite) ? null : "the benchmark suite is not there; name its folder with MIMUS_BENCH",
        Need.RiscVCompiler => MissingProgram("riscv64-linux-gnu-gcc"),
        _ => throw new ArgumentOutOfRangeException(nameof(need)),
    };

    /// <summary>The reasons of all needs that are not met, or null.</summary>
    internal static string? Missing(Need[] needs)
    {
        var reasons = needs.Select(Missing).OfType<string>().ToList();
        return reasons.Count == 0 ? null : string.Join("; ", reasons);
    }

    private static string? MissingFile(string path, string what) => File.Exists(path) ? null : $"{what} is not installed; {Advice}";

    private static string? MissingProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)))
            ? null
            : $"{name} is not installed; {Advice}";

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mimus.slnx"))) return folder.FullName;
        }
        return Directory.GetCurrentDirectory();
    }
}
