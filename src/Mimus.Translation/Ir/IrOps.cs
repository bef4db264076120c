namespace Mimus.Translation.Ir;

/// <summary>What an operation is like: one row of the table.</summary>
/// <param name="Operands">How many operands it takes.</param>
/// <param name="HasResult">Whether it defines a value.</param>
/// <param name="IsPure">It only computes its result, so it may be left out or done once for many.</param>
/// <param name="MayLeave">The guest instruction may end here with a trap, or have to be carried on elsewhere.</param>
/// <param name="IsCommutative">The order of the first two operands does not matter.</param>
/// <param name="TakesFloats">Its operands are floating-point numbers.</param>
/// <param name="GivesFloat">Its result is one.</param>
/// <param name="Kind">What <see cref="Inst.Kind"/> says.</param>
/// <param name="Variant">What <see cref="Inst.Variant"/> says.</param>
internal readonly record struct IrOpInfo(int Operands, bool HasResult, bool IsPure, bool MayLeave = false, bool IsCommutative = false,
    bool TakesFloats = false, bool GivesFloat = false, IrKind Kind = IrKind.None, IrVariant Variant = IrVariant.None);

/// <summary>The table of operations.</summary>
internal static class IrOps
{
    private static readonly IrOpInfo s_binary = new(2, true, true);
    private static readonly IrOpInfo s_commutative = new(2, true, true, IsCommutative: true);
    private static readonly IrOpInfo s_unary = new(1, true, true);

    // Floating-point operations leave flags behind, so they stay even where nobody uses the result.
    private static readonly IrOpInfo s_float = new(2, true, false, MayLeave: true, TakesFloats: true, GivesFloat: true, Kind: IrKind.Float);

    private static readonly IrOpInfo[] s_table = CreateTable();

    public static ref readonly IrOpInfo Info(IrOp op) => ref s_table[(int)op];

    private static IrOpInfo[] CreateTable()
    {
        var table = new IrOpInfo[(int)IrOp.TryCall + 1];
        foreach (var op in Enum.GetValues<IrOp>()) table[(int)op] = Describe(op);
        return table;
    }

    private static IrOpInfo Describe(IrOp op) => op switch
    {
        IrOp.Constant or IrOp.ReadSlot => new(0, true, true),
        IrOp.WriteSlot => new(1, false, false),
        IrOp.Add or IrOp.And or IrOp.Or or IrOp.Xor or IrOp.Multiply or IrOp.MultiplyHighSigned or IrOp.MultiplyHighUnsigned
            or IrOp.CarrylessMultiplyLow or IrOp.CarrylessMultiplyHigh => s_commutative,
        IrOp.SignExtend or IrOp.ZeroExtend => s_unary with { Kind = IrKind.Size },
        IrOp.CountLeadingZeros or IrOp.CountTrailingZeros or IrOp.CountOnes or IrOp.ReverseBytes => s_unary,
        IrOp.Compare => s_binary with { Kind = IrKind.Relation },
        IrOp.Select => new(3, true, true),
        IrOp.FloatAdd or IrOp.FloatSubtract or IrOp.FloatMultiply or IrOp.FloatDivide => s_float,
        IrOp.FloatSquareRoot or IrOp.FloatConvert => s_float with { Operands = 1 },
        IrOp.FloatMultiplyAdd => s_float with { Operands = 3 },
        IrOp.FloatCompare => new(2, true, false, TakesFloats: true, Kind: IrKind.Float, Variant: IrVariant.FloatRelation),
        IrOp.FloatToInteger => new(1, true, false, MayLeave: true, TakesFloats: true, Kind: IrKind.Float, Variant: IrVariant.IntegerType),
        IrOp.IntegerToFloat => new(1, true, false, GivesFloat: true, Kind: IrKind.Float, Variant: IrVariant.IntegerType),
        IrOp.FloatCall => new(3, true, false, MayLeave: true),
        IrOp.Load => new(1, true, false, MayLeave: true, Kind: IrKind.Size, Variant: IrVariant.Signed),
        IrOp.LoadForUpdate => new(1, true, false, MayLeave: true, Kind: IrKind.Size),
        IrOp.LoadReserved => new(1, true, false, MayLeave: true, Kind: IrKind.WideSize),
        IrOp.Store => new(2, false, false, MayLeave: true, Kind: IrKind.Size),
        IrOp.StoreConditional => new(2, true, false, MayLeave: true, Kind: IrKind.WideSize),
        IrOp.Atomic => new(2, true, false, MayLeave: true, Kind: IrKind.Size, Variant: IrVariant.AtomicOperation),
        IrOp.CompareExchange => new(3, true, false, MayLeave: true, Kind: IrKind.Size),
        IrOp.Vector => new(0, false, false, MayLeave: true),
        IrOp.VectorLoad or IrOp.VectorStore => new(1, false, false, MayLeave: true, Kind: IrKind.VectorSize),
        IrOp.Fence => new(0, false, false),
        IrOp.ReadTime => new(0, true, false, MayLeave: true),
        IrOp.TrapIf => new(2, false, false, MayLeave: true, Kind: IrKind.Cause),
        IrOp.GuardZero => new(1, false, false, MayLeave: true),
        IrOp.Call or IrOp.TryCall => new(2, true, false, MayLeave: true),
        _ => s_binary,
    };
}
