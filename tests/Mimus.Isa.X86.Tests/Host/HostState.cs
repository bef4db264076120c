using System.Runtime.InteropServices;

namespace Mimus.Isa.X86.Tests.Host;

/// <summary>What an instruction on the host CPU starts with and leaves: read and written by <see cref="HostRunner"/>'s code.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HostState
{
    public const int FlagsOffset = 128, MxcsrOffset = 136, VectorsOffset = 192, FxOffset = VectorsOffset + 512;

    public fixed ulong Registers[16];
    public ulong Flags;
    public ulong Mxcsr;
    public fixed ulong Padding[6];
    public fixed ulong Vectors[16 * 4];

    /// <summary>What FXSAVE stores.</summary>
    public fixed ulong Fx[64];
}
