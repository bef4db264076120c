using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Conversions and comparisons between vectors and general registers; they may raise a floating-point exception.</summary>
internal static class FloatHelpers
{
    private const ulong Truncates = 1, Is64 = 2;

    /// <summary>An engine may keep flags elsewhere while a program computes; for helpers, MXCSR is all there is.</summary>
    public static ulong ReadControl(EmulatedCpu cpu, ulong unused, ulong unused2) => ((X86Cpu)cpu).Registers.Mxcsr;

    public static ulong SetControl(EmulatedCpu cpu, ulong value, ulong unused) => ((X86Cpu)cpu).Registers.Mxcsr = value;

    public static ulong IntegerToSingle(EmulatedCpu cpu, ulong value, ulong unused)
    {
        var context = ContextOf(cpu);
        return Conclude(cpu, SimdFloat<Binary32>.FromInteger((long)value, ref context), context);
    }

    public static ulong IntegerToDouble(EmulatedCpu cpu, ulong value, ulong unused)
    {
        var context = ContextOf(cpu);
        return Conclude(cpu, SimdFloat<Binary64>.FromInteger((long)value, ref context), context);
    }

    public static ulong SingleToInteger(EmulatedCpu cpu, ulong value, ulong how) => ToInteger<Binary32>(cpu, value, how);

    public static ulong DoubleToInteger(EmulatedCpu cpu, ulong value, ulong how) => ToInteger<Binary64>(cpu, value, how);

    public static ulong CompareSingle(EmulatedCpu cpu, ulong a, ulong b) => Compare<Binary32>(cpu, a, b, signals: false);

    public static ulong CompareSingleOrdered(EmulatedCpu cpu, ulong a, ulong b) => Compare<Binary32>(cpu, a, b, signals: true);

    public static ulong CompareDouble(EmulatedCpu cpu, ulong a, ulong b) => Compare<Binary64>(cpu, a, b, signals: false);

    public static ulong CompareDoubleOrdered(EmulatedCpu cpu, ulong a, ulong b) => Compare<Binary64>(cpu, a, b, signals: true);

    private static SimdContext ContextOf(EmulatedCpu cpu) => new(((X86Cpu)cpu).Registers.Mxcsr);

    private static ulong ToInteger<T>(EmulatedCpu cpu, ulong value, ulong how) where T : struct, IFloatFormat
    {
        var context = ContextOf(cpu);
        return Conclude(cpu, SimdFloat<T>.ToInteger(value, (how & Is64) != 0, (how & Truncates) != 0, ref context), context);
    }

    private static ulong Compare<T>(EmulatedCpu cpu, ulong a, ulong b, bool signals) where T : struct, IFloatFormat
    {
        var context = ContextOf(cpu);
        return Conclude(cpu, SimdFloat<T>.CompareToFlags(a, b, signals, ref context), context);
    }

    private static ulong Conclude(EmulatedCpu cpu, ulong result, in SimdContext context)
    {
        FloatVectors.Conclude((X86Cpu)cpu, context);
        return result;
    }
}
