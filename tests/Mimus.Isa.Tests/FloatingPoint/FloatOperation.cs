using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>An operation under test in one shape: unary and binary ones ignore the operands they lack.</summary>
public delegate ulong FloatOperation(ulong a, ulong b, ulong c, ref FloatContext context);
