namespace Mimus.TestSupport;

/// <summary>Something outside the repository that a test cannot do without.</summary>
public enum Need
{
    /// <summary>QEMU 10 for RISC-V.</summary>
    Qemu10,

    /// <summary>QEMU 10 for x86-64.</summary>
    QemuX64,

    /// <summary>The image tools of QEMU 10.</summary>
    QemuImg,

    /// <summary>Debian's Linux kernel for RISC-V, and the initramfs made for it.</summary>
    RiscVLinux,

    /// <summary>The drivers of disks for that kernel.</summary>
    DiskModules,

    /// <summary>OpenSBI.</summary>
    OpenSbi,

    /// <summary>U-Boot for the virt machine.</summary>
    UBoot,

    /// <summary>SeaBIOS, the firmware of PCs.</summary>
    SeaBios,

    /// <summary>OVMF, the UEFI firmware of PCs.</summary>
    Ovmf,

    /// <summary>A disk from which GRUB starts Linux.</summary>
    GrubDisk,

    /// <summary>memtest86+.</summary>
    Memtest,

    /// <summary>Debian's Linux kernel for x86-64, and the initramfs made for it.</summary>
    X64Linux,

    /// <summary>Debian's Linux kernel for 32-bit x86, and the initramfs made for it.</summary>
    X86Linux,

    /// <summary>A /dev/kvm that can be used.</summary>
    Kvm,

    /// <summary>A /dev/kvm that uses the processor's virtualization.</summary>
    HardwareKvm,

    /// <summary>A C compiler for x86-64.</summary>
    X64Compiler,

    /// <summary>ACPI's compiler and disassembler.</summary>
    AcpiCompiler,

    /// <summary>The program that runs another on a terminal of its own.</summary>
    TerminalRecorder,

    /// <summary>gdb for all architectures.</summary>
    Gdb,

    /// <summary>The device-tree compiler.</summary>
    DeviceTreeCompiler,

    /// <summary>The C compiler for RISC-V.</summary>
    RiscVCompiler,

    /// <summary>The benchmark suite beside the repository.</summary>
    BenchmarkSuite,
}
