using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <summary>The time for emitted code that cannot read it by itself.</summary>
internal static class TimeHelpers
{
    public static ulong Read(EmulatedCpu cpu, ulong a, ulong b) => cpu.Ticks;
}
