using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Mimus.Translation.Tests.X64.Execution;

/// <summary>A fact that runs emitted code; skipped where the host's processor cannot.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnHostAttribute : FactAttribute
{
    public FactOnHostAttribute() => Skip =
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "needs an x86-64 Linux host"
        : !Fma.IsSupported || !Bmi2.X64.IsSupported || !Lzcnt.IsSupported || !Pclmulqdq.IsSupported ? "needs a host with AVX2, FMA and BMI2"
        : null;
}
