using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>
/// Multiplications and additions that round once. The numbers in the names say which operands are factors, and which is added; the row's
/// operation is the same for all three.
/// </summary>
public static class FusedMultiplications<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>The first operand times the third, and the second.</summary>
    [Row(VectorOperation.MultiplyAddSingles, Mnemonic.Vfmadd132ps)]
    [Row(VectorOperation.MultiplyAddDoubles, Mnemonic.Vfmadd132pd)]
    [Row(VectorOperation.MultiplySubtractSingles, Mnemonic.Vfmsub132ps)]
    [Row(VectorOperation.MultiplySubtractDoubles, Mnemonic.Vfmsub132pd)]
    [Row(VectorOperation.NegatedMultiplyAddSingles, Mnemonic.Vfnmadd132ps)]
    [Row(VectorOperation.NegatedMultiplyAddDoubles, Mnemonic.Vfnmadd132pd)]
    [Row(VectorOperation.NegatedMultiplySubtractSingles, Mnemonic.Vfnmsub132ps)]
    [Row(VectorOperation.NegatedMultiplySubtractDoubles, Mnemonic.Vfnmsub132pd)]
    [Row(VectorOperation.MultiplyAlternateSingles, Mnemonic.Vfmaddsub132ps)]
    [Row(VectorOperation.MultiplyAlternateDoubles, Mnemonic.Vfmaddsub132pd)]
    [Row(VectorOperation.MultiplyAlternateReversedSingles, Mnemonic.Vfmsubadd132ps)]
    [Row(VectorOperation.MultiplyAlternateReversedDoubles, Mnemonic.Vfmsubadd132pd)]
    [Row(VectorOperation.MultiplyAddSingle, Mnemonic.Vfmadd132ss)]
    [Row(VectorOperation.MultiplyAddDouble, Mnemonic.Vfmadd132sd)]
    [Row(VectorOperation.MultiplySubtractSingle, Mnemonic.Vfmsub132ss)]
    [Row(VectorOperation.MultiplySubtractDouble, Mnemonic.Vfmsub132sd)]
    [Row(VectorOperation.NegatedMultiplyAddSingle, Mnemonic.Vfnmadd132ss)]
    [Row(VectorOperation.NegatedMultiplyAddDouble, Mnemonic.Vfnmadd132sd)]
    [Row(VectorOperation.NegatedMultiplySubtractSingle, Mnemonic.Vfnmsub132ss)]
    [Row(VectorOperation.NegatedMultiplySubtractDouble, Mnemonic.Vfnmsub132sd)]
    public static void Order132(ref TOps o, in X86Operands i)
    {
        if (TryOperand(ref o, i, out var b)) Finish(ref o, i, i.Target, b, i.Source);
    }

    /// <summary>The second operand times the first, and the third.</summary>
    [Row(VectorOperation.MultiplyAddSingles, Mnemonic.Vfmadd213ps)]
    [Row(VectorOperation.MultiplyAddDoubles, Mnemonic.Vfmadd213pd)]
    [Row(VectorOperation.MultiplySubtractSingles, Mnemonic.Vfmsub213ps)]
    [Row(VectorOperation.MultiplySubtractDoubles, Mnemonic.Vfmsub213pd)]
    [Row(VectorOperation.NegatedMultiplyAddSingles, Mnemonic.Vfnmadd213ps)]
    [Row(VectorOperation.NegatedMultiplyAddDoubles, Mnemonic.Vfnmadd213pd)]
    [Row(VectorOperation.NegatedMultiplySubtractSingles, Mnemonic.Vfnmsub213ps)]
    [Row(VectorOperation.NegatedMultiplySubtractDoubles, Mnemonic.Vfnmsub213pd)]
    [Row(VectorOperation.MultiplyAlternateSingles, Mnemonic.Vfmaddsub213ps)]
    [Row(VectorOperation.MultiplyAlternateDoubles, Mnemonic.Vfmaddsub213pd)]
    [Row(VectorOperation.MultiplyAlternateReversedSingles, Mnemonic.Vfmsubadd213ps)]
    [Row(VectorOperation.MultiplyAlternateReversedDoubles, Mnemonic.Vfmsubadd213pd)]
    [Row(VectorOperation.MultiplyAddSingle, Mnemonic.Vfmadd213ss)]
    [Row(VectorOperation.MultiplyAddDouble, Mnemonic.Vfmadd213sd)]
    [Row(VectorOperation.MultiplySubtractSingle, Mnemonic.Vfmsub213ss)]
    [Row(VectorOperation.MultiplySubtractDouble, Mnemonic.Vfmsub213sd)]
    [Row(VectorOperation.NegatedMultiplyAddSingle, Mnemonic.Vfnmadd213ss)]
    [Row(VectorOperation.NegatedMultiplyAddDouble, Mnemonic.Vfnmadd213sd)]
    [Row(VectorOperation.NegatedMultiplySubtractSingle, Mnemonic.Vfnmsub213ss)]
    [Row(VectorOperation.NegatedMultiplySubtractDouble, Mnemonic.Vfnmsub213sd)]
    public static void Order213(ref TOps o, in X86Operands i)
    {
        if (TryOperand(ref o, i, out var b)) Finish(ref o, i, i.Source, i.Target, b);
    }

    /// <summary>The second operand times the third, and the first.</summary>
    [Row(VectorOperation.MultiplyAddSingles, Mnemonic.Vfmadd231ps)]
    [Row(VectorOperation.MultiplyAddDoubles, Mnemonic.Vfmadd231pd)]
    [Row(VectorOperation.MultiplySubtractSingles, Mnemonic.Vfmsub231ps)]
    [Row(VectorOperation.MultiplySubtractDoubles, Mnemonic.Vfmsub231pd)]
    [Row(VectorOperation.NegatedMultiplyAddSingles, Mnemonic.Vfnmadd231ps)]
    [Row(VectorOperation.NegatedMultiplyAddDoubles, Mnemonic.Vfnmadd231pd)]
    [Row(VectorOperation.NegatedMultiplySubtractSingles, Mnemonic.Vfnmsub231ps)]
    [Row(VectorOperation.NegatedMultiplySubtractDoubles, Mnemonic.Vfnmsub231pd)]
    [Row(VectorOperation.MultiplyAlternateSingles, Mnemonic.Vfmaddsub231ps)]
    [Row(VectorOperation.MultiplyAlternateDoubles, Mnemonic.Vfmaddsub231pd)]
    [Row(VectorOperation.MultiplyAlternateReversedSingles, Mnemonic.Vfmsubadd231ps)]
    [Row(VectorOperation.MultiplyAlternateReversedDoubles, Mnemonic.Vfmsubadd231pd)]
    [Row(VectorOperation.MultiplyAddSingle, Mnemonic.Vfmadd231ss)]
    [Row(VectorOperation.MultiplyAddDouble, Mnemonic.Vfmadd231sd)]
    [Row(VectorOperation.MultiplySubtractSingle, Mnemonic.Vfmsub231ss)]
    [Row(VectorOperation.MultiplySubtractDouble, Mnemonic.Vfmsub231sd)]
    [Row(VectorOperation.NegatedMultiplyAddSingle, Mnemonic.Vfnmadd231ss)]
    [Row(VectorOperation.NegatedMultiplyAddDouble, Mnemonic.Vfnmadd231sd)]
    [Row(VectorOperation.NegatedMultiplySubtractSingle, Mnemonic.Vfnmsub231ss)]
    [Row(VectorOperation.NegatedMultiplySubtractDouble, Mnemonic.Vfnmsub231sd)]
    public static void Order231(ref TOps o, in X86Operands i)
    {
        if (TryOperand(ref o, i, out var b)) Finish(ref o, i, i.Source, b, i.Target);
    }

    /// <summary>The last operand: all of it, or as much as a scalar takes.</summary>
    private static bool TryOperand(ref TOps o, in X86Operands i, out int register)
    {
        register = i.Third;
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return false;
        return !i.Has(OperandTraits.SourceMemory) || VectorAccess<TOps, V>.TryLoad(ref o, i, i.SourceWidth, isAligned: false, out register);
    }

    private static void Finish(ref TOps o, in X86Operands i, int a, int b, int addend)
    {
        if (o.TryVector((VectorOperation)i.Operation, i.Width, i.Target, a, b, addend)) VectorAccess<TOps, V>.Complete(ref o, i);
    }
}
