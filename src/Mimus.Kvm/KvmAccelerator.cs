using Mimus.Core.Cpus;
using Mimus.Host;
using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>The kernel's virtualization as an engine: guest code runs on the host's processor. One for each machine.</summary>
public sealed unsafe class KvmAccelerator : IAccelerator
{
    /// <summary>The device.</summary>
    public const string DevicePath = "/dev/kvm";

    // Pages that Intel's processors need for real mode, where no PC has anything: below the highest ROM.
    private const ulong IdentityMap = 0xfeffc000, TaskPages = 0xfeffd000;

    private readonly KvmHost _host;
    private readonly HostProcessor _processor = HostProcessor.Read();
    private readonly KvmFile _vm;
    private readonly IAccelerator? _management;
    private KvmMemory? _memory;

    private KvmAccelerator(KvmHost host, IAccelerator? management)
    {
        _host = host;
        _management = management;
        _vm = host.Device.Open(KvmCalls.CreateVm);
        var identityMap = IdentityMap;
        if (host.Device.Try(KvmCalls.CheckExtension, KvmExtension.MsrExits) > 0)
        {
            const ulong Invalid = 1, Unknown = 2;
            var enabling = new Enabling { Extension = KvmExtension.MsrExits };
            enabling.Arguments[0] = Invalid | Unknown;
            _vm.Call(KvmCalls.Enable, &enabling);
        }
        _vm.Call(KvmCalls.SetIdentityMap, &identityMap);
        _vm.Call(KvmCalls.SetTaskAddress, unchecked((nint)TaskPages));
    }

    public string Name => "kvm";

    /// <summary>Why this host's KVM cannot be used; null where it can.</summary>
    public static KvmProblem? FindProblem(string path = DevicePath)
    {
        using var host = KvmHost.TryOpen(path, out var problem);
        return problem;
    }

    /// <summary>The features of a processor model that KVM cannot give on this host; where it cannot be used at all, none.</summary>
    public static FeatureSet FindMissing(FeatureSet wanted)
    {
        using var host = KvmHost.TryOpen(DevicePath, out _);
        return host is null ? new FeatureSet() : wanted.Except(host.Features.Features);
    }

    /// <summary>Makes the engine; where that is not possible, an exception that says why and what to do.</summary>
    /// <param name="path">The device.</param>
    /// <param name="management">What runs system management mode, which is the machine's and not the kernel's; it is disposed of with this one.</param>
    public static KvmAccelerator Create(string path = DevicePath, IAccelerator? management = null)
    {
        var host = KvmHost.TryOpen(path, out var problem) ?? throw new EngineException($"KVM cannot be used: {problem}");
        try
        {
            return new KvmAccelerator(host, management);
        }
        catch (HostException e)
        {
            host.Dispose();
            throw new EngineException($"{e.Message}; another program may hold the host's virtualization: use -accel tcg beside it");
        }
    }

    public IVcpu CreateVcpu(GuestCpu cpu, VcpuEnvironment environment)
    {
        if (cpu is not X86Cpu processor) throw new EngineException($"KVM on this host runs x86 processors, and {cpu.Name} is another; use -accel tcg");
        _memory ??= new KvmMemory(_vm, environment.Bus, environment.Memory);
        processor.LimitFeatures(_host.Features.Features);
        var file = _vm.Open(KvmCalls.CreateVcpu, cpu.Index);
        return new KvmVcpu(processor, environment, file, _host.RunSize, _processor.BackEnd, _management?.CreateVcpu(cpu, environment));
    }

    public void Dispose()
    {
        _memory?.Dispose();
        _management?.Dispose();
        _vm.Dispose();
        _host.Dispose();
    }
}
