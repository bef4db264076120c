namespace Mimus.Kvm;

/// <summary>What Linux says of the host's processor and of KVM's modules.</summary>
/// <param name="HasIntelVirtualization">VT-x is there and not hidden.</param>
/// <param name="HasAmdVirtualization">AMD-V is there and not hidden.</param>
/// <param name="IsGuest">The host is a virtual machine itself.</param>
/// <param name="BackEnd">KVM's part that runs guests: kvm_intel, kvm_amd, kvm_pvm; null where none is loaded.</param>
/// <param name="AllowsNesting">Whether guests may use KVM themselves.</param>
internal sealed record HostProcessor(bool HasIntelVirtualization, bool HasAmdVirtualization, bool IsGuest, string? BackEnd, bool AllowsNesting)
{
    /// <summary>Runs guests without the processor's help: it refuses paging in 32 bits.</summary>
    public const string SoftwareBackEnd = "kvm_pvm";

    private const string Modules = "/sys/module";

    public static HostProcessor Read()
    {
        string[] flags = [];
        try
        {
            flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? [];
        }
        catch (IOException)
        {
            // A host that does not say: then nothing is known of its processor.
        }
        var backEnd = Array.Find(["kvm_intel", "kvm_amd", SoftwareBackEnd], m => Directory.Exists(Path.Combine(Modules, m)));
        return new HostProcessor(flags.Contains("vmx"), flags.Contains("svm"), flags.Contains("hypervisor"), backEnd, backEnd is not null && IsOn(Path.Combine(Modules, backEnd, "parameters", "nested")));
    }

    /// <summary>What to do where there is no device.</summary>
    public string HowToGetDevice() => HasIntelVirtualization ? "load the kernel's module as root: modprobe kvm_intel"
        : HasAmdVirtualization ? "load the kernel's module as root: modprobe kvm_amd"
        : IsGuest ? "this host is a virtual machine that may not have others in it: have nested virtualization switched on where it runs, or leave -accel kvm out"
        : "switch virtualization (VT-x or AMD-V) on in the firmware's setup, then load the kernel's module: modprobe kvm_intel, or modprobe kvm_amd";

    private static bool IsOn(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is "1" or "Y";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // a module without this parameter
        }
    }
}
