namespace Mimus.Isa.X86.Instructions;

/// <summary>The vector operations, each with the function that carries it out.</summary>
public static class VectorTable
{
    public static void Apply(X86Cpu cpu, VectorOperation operation, int bytes, int target, int a, int b, int control)
    {
    }
}
