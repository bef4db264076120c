using Mimus.Isa.FloatingPoint;

namespace Mimus.Translation.Ir;

/// <summary>All floating-point helpers by their names, and those that do what operations of the host do.</summary>
internal static class FloatHelperTable
{
    private static readonly Lazy<Dictionary<string, FloatHelper>> s_byName = new(CreateAll);

    public static bool TryFind(string name, out FloatHelper helper) => s_byName.Value.TryGetValue(name, out helper);

    public static IEnumerable<string> Names => s_byName.Value.Keys;

    /// <summary>The helper that computes what an operation does. Conversions go by the format of their result.</summary>
    public static FloatHelper Of(IrOp op, bool isDouble, byte variant) => isDouble
        ? op == IrOp.FloatConvert ? FloatHelpers<Binary32>.ConvertTo<Binary64>() : Of<Binary64>(op, variant)
        : op == IrOp.FloatConvert ? FloatHelpers<Binary64>.ConvertTo<Binary32>() : Of<Binary32>(op, variant);

    private static FloatHelper Of<TFormat>(IrOp op, byte variant) where TFormat : struct, IFloatFormat => op switch
    {
        IrOp.FloatAdd => FloatHelpers<TFormat>.Add,
        IrOp.FloatSubtract => FloatHelpers<TFormat>.Subtract,
        IrOp.FloatMultiply => FloatHelpers<TFormat>.Multiply,
        IrOp.FloatDivide => FloatHelpers<TFormat>.Divide,
        IrOp.FloatSquareRoot => FloatHelpers<TFormat>.SquareRoot,
        IrOp.FloatMultiplyAdd => FloatHelpers<TFormat>.MultiplyAdd,
        IrOp.FloatCompare => FloatHelpers<TFormat>.Compare((FloatRelation)variant),
        IrOp.FloatToInteger => FloatHelpers<TFormat>.ToInteger((IntegerType)variant),
        IrOp.IntegerToFloat => FloatHelpers<TFormat>.FromInteger((IntegerType)variant),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, null),
    };

    private static Dictionary<string, FloatHelper> CreateAll()
    {
        var all = new Dictionary<string, FloatHelper>();
        Add<Binary16>(all);
        Add<Binary32>(all);
        Add<Binary64>(all);
        return all;
    }

    private static void Add<TFormat>(Dictionary<string, FloatHelper> all) where TFormat : struct, IFloatFormat
    {
        Put(FloatHelpers<TFormat>.Add);
        Put(FloatHelpers<TFormat>.Subtract);
        Put(FloatHelpers<TFormat>.Multiply);
        Put(FloatHelpers<TFormat>.Divide);
        Put(FloatHelpers<TFormat>.SquareRoot);
        Put(FloatHelpers<TFormat>.MultiplyAdd);
        Put(FloatHelpers<TFormat>.ConvertTo<Binary16>());
        Put(FloatHelpers<TFormat>.ConvertTo<Binary32>());
        Put(FloatHelpers<TFormat>.ConvertTo<Binary64>());
        foreach (var relation in Enum.GetValues<FloatRelation>()) Put(FloatHelpers<TFormat>.Compare(relation));
        foreach (var function in Enum.GetValues<FloatFunction>()) Put(FloatHelpers<TFormat>.Apply(function));
        foreach (var type in Enum.GetValues<IntegerType>())
        {
            Put(FloatHelpers<TFormat>.ToInteger(type));
            Put(FloatHelpers<TFormat>.FromInteger(type));
        }

        void Put(FloatHelper helper) => all[helper.Name] = helper;
    }
}
