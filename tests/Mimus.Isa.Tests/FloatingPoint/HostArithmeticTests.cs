using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>Soft arithmetic against the host's processor: values and flags, in the four rounding directions that x86 has.</summary>
public sealed class HostArithmeticTests
{
    private const int Cases = 100_000;

    [HostTheory]
    [MemberData(nameof(DoubleOperations))]
    public void Double_precision_equals_the_host(HostOperation operation, RoundingMode mode) =>
        Compare<Binary64>(operation, (int)HostOperation.AddDouble, mode, ulong.MaxValue);

    [HostTheory]
    [MemberData(nameof(SingleOperations))]
    public void Single_precision_equals_the_host(HostOperation operation, RoundingMode mode) =>
        Compare<Binary32>(operation, (int)HostOperation.AddSingle, mode, uint.MaxValue);

    /// <summary>The square root takes an estimate from the host, which the host's rounding direction must not show through.</summary>
    [HostTheory]
    [InlineData(RoundingMode.Down)]
    [InlineData(RoundingMode.Up)]
    [InlineData(RoundingMode.TowardZero)]
    public void Soft_square_root_is_the_same_under_any_host_rounding(RoundingMode hostMode)
    {
        var generator = new OperandGenerator<Binary64>(Check.SeedFor(300, (int)hostMode));
        ulong[] operands = new ulong[Cases / 10];
        // Squares too, and what lies next to them: there an estimate below its floor is wrong.
        for (int i = 0; i < operands.Length; i++)
        {
            ulong root = generator.Bits() >> (38 + generator.Below(16));
            FloatContext context = default;
            ulong square = SoftFloat<Binary64>.FromUInt64((root * root) + (ulong)generator.Below(3) - 1, ref context);
            operands[i] = generator.Below(2) == 0 ? square : generator.Next();
        }

        ulong[] expected = Roots(operands);
        ulong[] actual = [];
        HostFpu.RunUnder(hostMode, () => actual = Roots(operands));
        Assert.Equal(expected, actual);

        static ulong[] Roots(ulong[] operands)
        {
            ulong[] roots = new ulong[operands.Length];
            for (int i = 0; i < roots.Length; i++)
            {
                FloatContext context = default;
                roots[i] = SoftFloat<Binary64>.SquareRoot(operands[i], ref context) ^ ((ulong)context.Flags << 56);
            }

            return roots;
        }
    }

    public static TheoryData<HostOperation, RoundingMode> DoubleOperations() =>
        Cross(HostOperation.AddDouble, HostOperation.MultiplyAddDouble);

    public static TheoryData<HostOperation, RoundingMode> SingleOperations() =>
        Cross(HostOperation.AddSingle, HostOperation.MultiplyAddSingle);

    private static TheoryData<HostOperation, RoundingMode> Cross(HostOperation first, HostOperation last)
    {
        var data = new TheoryData<HostOperation, RoundingMode>();
        for (HostOperation operation = first; operation <= last; operation++)
        {
            foreach (RoundingMode mode in Check.HostModes) data.Add(operation, mode);
        }

        return data;
    }

    private static void Compare<TFormat>(HostOperation operation, int first, RoundingMode mode, ulong resultMask)
        where TFormat : struct, IFloatFormat
    {
        int kind = (int)operation - first;
        FloatOperation soft = ArithmeticOperations.Soft<TFormat>()[kind];
        bool multiplyAdd = kind == 5;
        var generator = new OperandGenerator<TFormat>(Check.SeedFor((int)operation, (int)mode));
        for (int i = 0; i < Cases; i++)
        {
            generator.Next(out ulong a, out ulong b, out ulong c);
            ulong expected = HostFpu.Run(operation, mode, a, b, c, out FloatFlags expectedFlags) & resultMask;
            // x86 propagates a NaN operand or makes a negative default NaN; RISC-V's result is always the canonical one.
            if (SoftFloat<TFormat>.IsNaN(expected)) expected = SoftFloat<TFormat>.CanonicalNaN;
            // Infinity times zero plus a quiet NaN is invalid on RISC-V and not on x86 (IEEE 754-2019, 7.2 c, allows both).
            if (multiplyAdd && SoftFloat<TFormat>.IsNaN(c) && IsInfinityTimesZero<TFormat>(a, b)) expectedFlags |= FloatFlags.Invalid;

            var context = new FloatContext(mode);
            ulong actual = soft(a, b, c, ref context);
            Check.Same(operation.ToString(), mode, a, b, c, actual, context.Flags, expected, expectedFlags);
        }
    }

    private static bool IsInfinityTimesZero<TFormat>(ulong a, ulong b)
        where TFormat : struct, IFloatFormat
    {
        FloatClass classes = SoftFloat<TFormat>.Classify(a) | SoftFloat<TFormat>.Classify(b);
        return (classes & (FloatClass.NegativeInfinity | FloatClass.PositiveInfinity)) != 0
            && (classes & (FloatClass.NegativeZero | FloatClass.PositiveZero)) != 0;
    }
}
