using Iced.Intel;

namespace Mimus.Isa.X86;

/// <summary>
/// The method is the semantics of the instructions with these names; of some encodings only, where one name has several meanings. With a
/// <see cref="VectorOperation"/> it is that operation in the form of the method.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RowAttribute : Attribute
{
    public RowAttribute(params Mnemonic[] mnemonics) => Mnemonics = mnemonics;

    public RowAttribute(params Code[] codes) => Codes = codes;

    public RowAttribute(VectorOperation operation, params Mnemonic[] mnemonics)
    {
        Operation = operation;
        Mnemonics = mnemonics;
    }

    public RowAttribute(VectorOperation operation, params Code[] codes)
    {
        Operation = operation;
        Codes = codes;
    }

    public IReadOnlyList<Mnemonic> Mnemonics { get; } = [];

    public IReadOnlyList<Code> Codes { get; } = [];

    public VectorOperation Operation { get; }
}
