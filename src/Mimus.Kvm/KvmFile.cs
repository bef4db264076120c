using Mimus.Host;

namespace Mimus.Kvm;

/// <summary>One of KVM's files: the device, a machine or a processor. A call that fails is an exception that says what for.</summary>
internal sealed unsafe class KvmFile(DeviceFile file) : IDisposable
{
    /// <summary>The result of a call, or minus the error's number.</summary>
    public int Try(in KvmCall call, nint argument = 0) => file.Control(call.Request, argument);

    public int Call(in KvmCall call, nint argument = 0) => Check(Try(call, argument), call.Name, call.Act);

    /// <summary>Makes a call with a structure, whose further members may lie behind it: the caller keeps it where it is.</summary>
    public int Try<T>(in KvmCall<T> call, T* argument) where T : unmanaged => file.Control(call.Request, (nint)argument);

    public int Call<T>(in KvmCall<T> call, T* argument) where T : unmanaged => Check(Try(call, argument), call.Name, call.Act);

    /// <summary>Makes a call whose result is another file.</summary>
    public KvmFile Open(in KvmCall call, nint argument = 0) => new(new DeviceFile(Call(call, argument)));

    public MemoryMapping Map(nuint length) => file.Map(length);

    public void Dispose() => file.Dispose();

    private static int Check(int result, string name, string act) => result >= 0 ? result : throw HostException.FromError($"KVM cannot {act} ({name})", -result);
}
