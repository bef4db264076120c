namespace Mimus.Isa.X86;

/// <summary>What a vector instruction does with its lanes.</summary>
public enum VectorOperation : ushort
{
    None,
}
