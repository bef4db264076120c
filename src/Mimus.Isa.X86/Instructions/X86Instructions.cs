namespace Mimus.Isa.X86.Instructions;

/// <summary>The instruction table.</summary>
[MnemonicTable]
[Variants("TWidth", typeof(Bits8), typeof(Bits16), typeof(Bits32), typeof(Bits64))]
[Variants("TCondition", typeof(IfOverflow), typeof(IfNotOverflow), typeof(IfBelow), typeof(IfNotBelow), typeof(IfEqual), typeof(IfNotEqual), typeof(IfNotAbove), typeof(IfAbove), typeof(IfSign), typeof(IfNotSign), typeof(IfParity), typeof(IfNotParity), typeof(IfLess), typeof(IfNotLess), typeof(IfNotGreater), typeof(IfGreater))]
public static partial class X86Instructions
{
    /// <summary>The method with the semantics of an instruction, and its vector operation; -1 where there is none.</summary>
    public static int Find(int code, int mnemonic, out int operation)
    {
        var method = MethodOfCode(code);
        operation = method == 0 ? 0 : OperationOfCode(code);
        if (method != 0) return method - 1;
        if (mnemonic >= MethodOfMnemonic.Length) return -1;
        operation = OperationOfMnemonic[mnemonic];
        return MethodOfMnemonic[mnemonic] - 1;
    }
}
