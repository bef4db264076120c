namespace Mimus.Isa;

/// <summary>This partial class becomes the project's instruction table: decoder, handlers and rows.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class InstructionTableAttribute : Attribute;
