using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Floating-point operations on vector registers: packed or on the lowest lane alone.</summary>
internal static unsafe class FloatVectors
{
    private const int Forms = 4, Doubles = 1, Scalar = 2;

    /// <summary>False with an exception pending: then nothing is written but the flags in MXCSR.</summary>
    public static bool Apply(X86Cpu cpu, VectorOperation operation, int bytes, ulong* target, ulong* a, ulong* b, int control)
    {
        ref var state = ref cpu.Registers;
        var context = new SimdContext(state.Mxcsr);
        var r = stackalloc ulong[Slot.VectorSlots];
        for (var part = 0; part < Slot.VectorSlots; part++) r[part] = a[part];
        if (operation < VectorOperation.HorizontalAddSingles)
        {
            var index = (int)operation - (int)VectorOperation.AddSingles;
            var first = (VectorOperation)((int)operation - (index % Forms));
            var count = (index % Forms) >= Scalar ? 1 : bytes / ((index & Doubles) != 0 ? 8 : 4);
            if ((index & Doubles) != 0)
            {
                for (var lane = 0; lane < count; lane++) r[lane] = One<Binary64>(first, a[lane], b[lane], control, ref context);
            }
            else
            {
                for (var lane = 0; lane < count; lane++) ((uint*)r)[lane] = (uint)One<Binary32>(first, ((uint*)a)[lane], ((uint*)b)[lane], control, ref context);
            }
        }
        else if (operation >= VectorOperation.MultiplyAddSingles)
        {
            for (var part = 0; part < Slot.VectorSlots; part++) r[part] = target[part];
            Fused(operation, bytes, r, a, b, cpu.Slots + Slot.Vector(control), ref context);
        }
        else Special(operation, bytes, r, a, b, control, ref context);
        return Conclude(cpu, context, bytes, r, target);
    }

    /// <summary>Takes the exceptions over into MXCSR; false when one of them is to be raised.</summary>
    public static bool Conclude(X86Cpu cpu, in SimdContext context)
    {
        ref var state = ref cpu.Registers;
        state.Mxcsr |= context.Raised;
        if (!context.MustTrap) return true;
        return cpu.Refuse((state.Cr4 & Cr4.SimdExceptions) != 0 ? Fault.SimdFloatingPoint : Fault.InvalidOpcode, 0);
    }

    private static bool Conclude(X86Cpu cpu, in SimdContext context, int bytes, ulong* results, ulong* target)
    {
        if (!Conclude(cpu, context)) return false;
        for (var part = 0; part < bytes / 8; part++) target[part] = results[part];
        return true;
    }

    /// <summary>One lane of the operations that come in four forms.</summary>
    private static ulong One<T>(VectorOperation operation, ulong a, ulong b, int control, ref SimdContext c) where T : struct, IFloatFormat => operation switch
    {
        VectorOperation.AddSingles => SimdFloat<T>.Add(a, b, ref c),
        VectorOperation.SubtractSingles => SimdFloat<T>.Subtract(a, b, ref c),
        VectorOperation.MultiplySingles => SimdFloat<T>.Multiply(a, b, ref c),
        VectorOperation.DivideSingles => SimdFloat<T>.Divide(a, b, ref c),
        VectorOperation.MinimumSingles => SimdFloat<T>.Minimum(a, b, ref c),
        VectorOperation.MaximumSingles => SimdFloat<T>.Maximum(a, b, ref c),
        VectorOperation.SquareRootSingles => SimdFloat<T>.SquareRoot(b, ref c),
        VectorOperation.CompareSingles => SimdFloat<T>.Compare(a, b, control, ref c),
        _ => SimdFloat<T>.Round(b, control, ref c),
    };

    /// <summary>Products with an addend: each kind in four forms, and behind them those that add and subtract in turn, in two.</summary>
    private static void Fused(VectorOperation operation, int bytes, ulong* r, ulong* a, ulong* b, ulong* addend, ref SimdContext c)
    {
        var isAlternate = operation >= VectorOperation.MultiplyAlternateSingles;
        var index = operation - (isAlternate ? VectorOperation.MultiplyAlternateSingles : VectorOperation.MultiplyAddSingles);
        var isDouble = (index & Doubles) != 0;
        var count = !isAlternate && (index & Scalar) != 0 ? 1 : bytes / (isDouble ? 8 : 4);
        var negates = !isAlternate && operation >= VectorOperation.NegatedMultiplyAddSingles;
        for (var lane = 0; lane < count; lane++)
        {
            var subtracts = isAlternate ? (lane & 1) == (index >> 1) : ((index / Forms) & 1) != 0;
            if (isDouble) r[lane] = SimdFloat<Binary64>.MultiplyAdd(a[lane], b[lane], addend[lane], negates, subtracts, ref c);
            else ((uint*)r)[lane] = (uint)SimdFloat<Binary32>.MultiplyAdd(((uint*)a)[lane], ((uint*)b)[lane], ((uint*)addend)[lane], negates, subtracts, ref c);
        }
    }

    private static void Special(VectorOperation operation, int bytes, ulong* r, ulong* a, ulong* b, int control, ref SimdContext c)
    {
        uint* rs = (uint*)r, xs = (uint*)a, ys = (uint*)b;
        switch (operation)
        {
            case VectorOperation.HorizontalAddSingles or VectorOperation.HorizontalSubSingles:
                for (var at = 0; at < bytes / 4; at += 4)
                {
                    rs[at] = PairSingle(operation, xs[at], xs[at + 1], ref c);
                    rs[at + 1] = PairSingle(operation, xs[at + 2], xs[at + 3], ref c);
                    rs[at + 2] = PairSingle(operation, ys[at], ys[at + 1], ref c);
                    rs[at + 3] = PairSingle(operation, ys[at + 2], ys[at + 3], ref c);
                }
                break;
            case VectorOperation.HorizontalAddDoubles or VectorOperation.HorizontalSubDoubles:
                for (var at = 0; at < bytes / 8; at += 2)
                {
                    r[at] = PairDouble(operation, a[at], a[at + 1], ref c);
                    r[at + 1] = PairDouble(operation, b[at], b[at + 1], ref c);
                }
                break;
            case VectorOperation.AlternateSingles:
                for (var lane = 0; lane < bytes / 4; lane++)
                    rs[lane] = (uint)((lane & 1) != 0 ? SimdFloat<Binary32>.Add(xs[lane], ys[lane], ref c) : SimdFloat<Binary32>.Subtract(xs[lane], ys[lane], ref c));
                break;
            case VectorOperation.AlternateDoubles:
                for (var lane = 0; lane < bytes / 8; lane++)
                    r[lane] = (lane & 1) != 0 ? SimdFloat<Binary64>.Add(a[lane], b[lane], ref c) : SimdFloat<Binary64>.Subtract(a[lane], b[lane], ref c);
                break;
            case VectorOperation.SingleToDouble: r[0] = SimdFloat<Binary64>.Convert<Binary32>(ys[0], ref c); break;
            case VectorOperation.DoubleToSingle: rs[0] = (uint)SimdFloat<Binary32>.Convert<Binary64>(b[0], ref c); break;
            case VectorOperation.SinglesToDoubles:
                for (var lane = 0; lane < bytes / 8; lane++) r[lane] = SimdFloat<Binary64>.Convert<Binary32>(ys[lane], ref c);
                break;
            case VectorOperation.DoublesToSingles:
                for (var lane = 0; lane < bytes / 8; lane++) rs[lane] = (uint)SimdFloat<Binary32>.Convert<Binary64>(b[lane], ref c);
                Fill(rs, bytes / 8);
                break;
            case VectorOperation.IntegersToSingles:
                for (var lane = 0; lane < bytes / 4; lane++) rs[lane] = (uint)SimdFloat<Binary32>.FromInteger((int)ys[lane], ref c);
                break;
            case VectorOperation.IntegersToDoubles:
                for (var lane = 0; lane < bytes / 8; lane++) r[lane] = SimdFloat<Binary64>.FromInteger((int)ys[lane], ref c);
                break;
            case VectorOperation.SinglesToIntegers or VectorOperation.SinglesToIntegersTruncated:
                for (var lane = 0; lane < bytes / 4; lane++)
                    rs[lane] = (uint)SimdFloat<Binary32>.ToInteger(ys[lane], is64: false, operation == VectorOperation.SinglesToIntegersTruncated, ref c);
                break;
            case VectorOperation.DoublesToIntegers or VectorOperation.DoublesToIntegersTruncated:
                for (var lane = 0; lane < bytes / 8; lane++)
                    rs[lane] = (uint)SimdFloat<Binary64>.ToInteger(b[lane], is64: false, operation == VectorOperation.DoublesToIntegersTruncated, ref c);
                Fill(rs, bytes / 8);
                break;
            case VectorOperation.HalvesToSingles:
                for (var lane = 0; lane < bytes / 4; lane++) rs[lane] = (uint)SimdFloat<Binary32>.FromHalf(((ushort*)b)[lane], ref c);
                break;
            case VectorOperation.SinglesToHalves:
                for (var lane = 0; lane < bytes / 4; lane++) ((ushort*)r)[lane] = (ushort)SimdFloat<Binary32>.ToHalf(ys[lane], control, ref c);
                Fill(rs, bytes / 8);
                break;
            case VectorOperation.DotProductSingles:
                for (var at = 0; at < bytes / 4; at += 4) DotProduct(rs + at, xs + at, ys + at, control, ref c);
                break;
            case VectorOperation.DotProductDoubles: DotProduct(r, a, b, control, ref c); break;
            default:
                var isRoot = operation is VectorOperation.ReciprocalRootSingles or VectorOperation.ReciprocalRootSingle;
                var all = operation is VectorOperation.ReciprocalSingles or VectorOperation.ReciprocalRootSingles;
                for (var lane = 0; lane < (all ? bytes / 4 : 1); lane++) rs[lane] = (uint)SimdFloat<Binary32>.Reciprocal(ys[lane], isRoot);
                break;
        }
    }

    /// <summary>A result of half the width leaves zeroes above it.</summary>
    private static void Fill(uint* lanes, int first)
    {
        for (var lane = first; lane < Slot.VectorSlots * 2; lane++) lanes[lane] = 0;
    }

    private static uint PairSingle(VectorOperation operation, uint x, uint y, ref SimdContext c) => (uint)(operation == VectorOperation.HorizontalAddSingles
        ? SimdFloat<Binary32>.Add(x, y, ref c) : SimdFloat<Binary32>.Subtract(x, y, ref c));

    private static ulong PairDouble(VectorOperation operation, ulong x, ulong y, ref SimdContext c) => operation == VectorOperation.HorizontalAddDoubles
        ? SimdFloat<Binary64>.Add(x, y, ref c) : SimdFloat<Binary64>.Subtract(x, y, ref c);

    /// <summary>The sum of the products that the control's upper bits choose, where its lower bits say.</summary>
    private static void DotProduct(uint* r, uint* a, uint* b, int control, ref SimdContext c)
    {
        Span<ulong> products = stackalloc ulong[4];
        for (var lane = 0; lane < 4; lane++) products[lane] = ((control >> (4 + lane)) & 1) != 0 ? SimdFloat<Binary32>.Multiply(a[lane], b[lane], ref c) : 0;
        var sum = SimdFloat<Binary32>.Add(SimdFloat<Binary32>.Add(products[0], products[1], ref c), SimdFloat<Binary32>.Add(products[2], products[3], ref c), ref c);
        for (var lane = 0; lane < 4; lane++) r[lane] = ((control >> lane) & 1) != 0 ? (uint)sum : 0;
    }

    private static void DotProduct(ulong* r, ulong* a, ulong* b, int control, ref SimdContext c)
    {
        var low = ((control >> 4) & 1) != 0 ? SimdFloat<Binary64>.Multiply(a[0], b[0], ref c) : 0;
        var high = ((control >> 5) & 1) != 0 ? SimdFloat<Binary64>.Multiply(a[1], b[1], ref c) : 0;
        var sum = SimdFloat<Binary64>.Add(low, high, ref c);
        for (var lane = 0; lane < 2; lane++) r[lane] = ((control >> lane) & 1) != 0 ? sum : 0;
    }
}
