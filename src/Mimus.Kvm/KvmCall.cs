using System.Runtime.CompilerServices;

namespace Mimus.Kvm;

/// <summary>A control call of KVM without a structure, or with one that is a plain number.</summary>
/// <param name="Request">The number of the call, as <c>ioctl</c> takes it.</param>
/// <param name="Name">Its name in the kernel's documentation (Documentation/virt/kvm/api.rst).</param>
/// <param name="Act">What it is for, as the end of "cannot".</param>
internal readonly record struct KvmCall(uint Request, string Name, string Act);

/// <summary>A control call of KVM that reads or writes a structure.</summary>
internal readonly record struct KvmCall<T>(uint Request, string Name, string Act) where T : unmanaged
{
    private const uint ToKernel = 1u << 30, FromKernel = 2u << 30, Family = 0xae00;

    /// <summary>The kernel writes the structure.</summary>
    public static KvmCall<T> Get(byte number, string name, string act) => Of(FromKernel, number, name, act);

    /// <summary>The kernel reads the structure.</summary>
    public static KvmCall<T> Set(byte number, string name, string act) => Of(ToKernel, number, name, act);

    /// <summary>The kernel reads and writes the structure.</summary>
    public static KvmCall<T> Exchange(byte number, string name, string act) => Of(ToKernel | FromKernel, number, name, act);

    /// <summary>asm-generic/ioctl.h: direction, size, family, number.</summary>
    private static KvmCall<T> Of(uint direction, byte number, string name, string act) => new(direction | ((uint)Unsafe.SizeOf<T>() << 16) | Family | number, name, act);
}
