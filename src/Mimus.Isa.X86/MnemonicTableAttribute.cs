namespace Mimus.Isa.X86;

/// <summary>This partial class becomes the instruction table.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MnemonicTableAttribute : Attribute;
