using Mimus.Host;

namespace Mimus.Kvm;

/// <summary>This host's KVM, found usable.</summary>
internal sealed class KvmHost : IDisposable
{
    private const int ApiVersion = 12;

    private KvmHost(KvmFile device)
    {
        Device = device;
        RunSize = (nuint)device.Call(KvmCalls.GetRunSize);
        Features = SupportedCpuid.Read(device);
    }

    public KvmFile Device { get; }

    /// <summary>The length of what a processor shares with who runs it.</summary>
    public nuint RunSize { get; }

    /// <summary>What processors can have.</summary>
    public SupportedCpuid Features { get; }

    /// <summary>Opens the device; null, and a problem in words, where it cannot be used.</summary>
    public static KvmHost? TryOpen(string path, out KvmProblem? problem)
    {
        if (!File.Exists(path))
        {
            problem = new KvmProblem($"{path} does not exist", HostProcessor.Read().HowToGetDevice());
            return null;
        }
        var file = DeviceFile.TryOpen(path, out var reason);
        if (file is null)
        {
            problem = new KvmProblem($"{path} cannot be opened by user '{Environment.UserName}': {reason}",
                $"have root add the user to the device's group, 'usermod -aG kvm {Environment.UserName}', and log in again; or run as root");
            return null;
        }
        var device = new KvmFile(file);
        problem = FindProblem(path, device.Try(KvmCalls.GetApiVersion), number => device.Try(KvmCalls.CheckExtension, number));
        if (problem is null) return new KvmHost(device);
        device.Dispose();
        return null;
    }

    /// <summary>What is wrong with a device of that version and those capabilities, if something is.</summary>
    internal static KvmProblem? FindProblem(string path, int version, Func<int, int> extension)
    {
        if (version < 0) return new KvmProblem($"{path} is there, but is no device of KVM", "remove it and load the kernel's module: modprobe kvm_intel, or modprobe kvm_amd");
        if (version < ApiVersion) return new KvmProblem($"{path} speaks version {version} of the interface, and {ApiVersion} is needed", "use Linux 4.11 or later");
        if (version > ApiVersion) return new KvmProblem($"{path} speaks version {version} of the interface, and {ApiVersion} is needed", "use a version of Mimus that knows it");
        var missing = KvmExtension.All.FirstOrDefault(e => e.IsNeeded && extension(e.Number) <= 0);
        return missing is null ? null : new KvmProblem($"{path} lacks {missing.Name}, which is needed for: {missing.Purpose}", $"use Linux {missing.Since} or later; on one that is, its administrator has to look why");
    }

    /// <summary>The number that a capability has; 0 where it is missing.</summary>
    public int Extension(KvmExtension extension) => Math.Max(0, Device.Try(KvmCalls.CheckExtension, extension.Number));

    public void Dispose() => Device.Dispose();
}
