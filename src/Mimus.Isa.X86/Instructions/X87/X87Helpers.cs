using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>What x87 instructions do. The first argument of most is packed by <see cref="X87Arguments"/>.</summary>
internal static unsafe class X87Helpers
{
    /// <summary>Adds, subtracts, multiplies, divides: a register, or memory's bits in the second argument.</summary>
    public static ulong Arithmetic(EmulatedCpu cpu, ulong packed, ulong bits)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        var arguments = new X87Arguments(packed);
        if (!x87.TryBegin()) return 0;
        ulong raised = 0;
        var context = x87.Context;
        var a = x87.Read(arguments.Target, ref raised);
        var b = arguments.Format == X87Format.Register ? x87.Read(arguments.Source, ref raised) : Load(arguments.Format, bits, ref context);
        var result = raised != 0 ? ExtendedFloat.Indefinite : arguments.Operation switch
        {
            X87Operation.Add => ExtendedFloat.Add(a, b, ref context),
            X87Operation.Multiply => ExtendedFloat.Multiply(a, b, ref context),
            X87Operation.Subtract => ExtendedFloat.Subtract(a, b, ref context),
            X87Operation.SubtractReverse => ExtendedFloat.Subtract(b, a, ref context),
            X87Operation.Divide => ExtendedFloat.Divide(a, b, ref context),
            _ => ExtendedFloat.Divide(b, a, ref context),
        };
        if (!x87.Conclude(context, raised)) return 0;
        x87[arguments.Target] = result;
        if (arguments.Pops > 0) x87.Pop();
        return 0;
    }

    /// <summary>Compares with ST(0); the result has ZF, PF and CF, the condition bits are set.</summary>
    public static ulong Compare(EmulatedCpu cpu, ulong packed, ulong bits)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        var arguments = new X87Arguments(packed);
        if (!x87.TryBegin()) return 0;
        ulong raised = 0;
        var context = x87.Context;
        var a = x87.Read(0, ref raised);
        var b = arguments.Format == X87Format.Register ? x87.Read(arguments.Source, ref raised) : Load(arguments.Format, bits, ref context);
        var order = raised != 0 ? ExtendedFloat.Order.Unordered : ExtendedFloat.Compare(a, b, arguments.Operation != X87Operation.CompareQuiet, ref context);
        var goesOn = x87.Conclude(context, raised);
        var flags = order switch
        {
            ExtendedFloat.Order.Less => EFlags.Carry,
            ExtendedFloat.Order.Equal => EFlags.Zero,
            ExtendedFloat.Order.Greater => 0ul,
            _ => EFlags.Carry | EFlags.Zero | EFlags.Parity,
        };
        if (!arguments.ToFlags)
            x87.Status = (x87.Status & ~(X87Unit.C0 | X87Unit.C2 | X87Unit.C3)) | (flags << 8 & (X87Unit.C0 | X87Unit.C2 | X87Unit.C3));
        for (var i = 0; i < arguments.Pops && goesOn; i++) x87.Pop();
        return flags;
    }

    public static ulong LoadNumber(EmulatedCpu cpu, ulong packed, ulong bits)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (!x87.TryBegin()) return 0;
        var context = x87.Context;
        var arguments = new X87Arguments(packed);
        ulong raised = 0;
        var value = arguments.Format == X87Format.Register ? x87.Read(arguments.Source, ref raised) : Load(arguments.Format, bits, ref context);
        if (arguments.Format != X87Format.Register && value.IsSignalingNaN)
        {
            raised |= X87Unit.InvalidBit;
            value = value.Quiet();
        }
        if (context.HadDenormal) raised |= X87Unit.DenormalBit;
        x87.Push(value, raised);
        return 0;
    }

    /// <summary>Pushes 80 bits: the significand, and sign and exponent.</summary>
    public static ulong LoadExtended(EmulatedCpu cpu, ulong significand, ulong signExponent)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (x87.TryBegin()) x87.Push(new ExtendedFloat(significand, (ushort)signExponent));
        return 0;
    }

    /// <summary>ST(0) in the format of a store. The stack moves in <see cref="Pop"/>, when the store has not faulted.</summary>
    public static ulong ToStore(EmulatedCpu cpu, ulong packed, ulong unused)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (!x87.TryBegin()) return 0;
        var context = x87.Context;
        ulong raised = 0;
        var value = x87.Read(0, ref raised);
        var arguments = new X87Arguments(packed);
        var mode = arguments.Operation == X87Operation.Truncate ? RoundingMode.TowardZero : x87.Rounding;
        var quiet = default(ExtendedContext);
        var bits = Store(arguments.Format, value, mode, ref raised == 0 ? ref context : ref quiet);
        x87.Conclude(context, raised);
        return bits;
    }

    /// <summary>The significand of ST(0), or with 1 its sign and exponent.</summary>
    public static ulong ExtendedPart(EmulatedCpu cpu, ulong part, ulong unused)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (!x87.TryBegin()) return 0;
        ulong raised = 0;
        var value = x87.Read(0, ref raised);
        x87.Conclude(raised, 0);
        return part == 0 ? value.Significand : value.SignExponent;
    }

    public static ulong Pop(EmulatedCpu cpu, ulong count, ulong unused)
    {
        new X87Unit((X86Cpu)cpu).Pop();
        return 0;
    }

    /// <summary>FST and FSTP to a register, FXCH, FFREE, FCMOV.</summary>
    public static ulong Register(EmulatedCpu cpu, ulong packed, ulong condition)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (!x87.TryBegin()) return 0;
        var arguments = new X87Arguments(packed);
        ulong raised = 0;
        switch (arguments.Operation)
        {
            case X87Operation.Exchange:
                var (a, b) = (x87.Read(arguments.Target, ref raised), x87.Read(arguments.Source, ref raised));
                if (!x87.Conclude(raised, 0)) return 0;
                x87[arguments.Target] = b;
                x87[arguments.Source] = a;
                break;
            case X87Operation.MoveQuietly when !x87.IsEmpty(0): x87[arguments.Target] = x87[0]; break;
            case X87Operation.Free: x87.Free(arguments.Target); break;
            case X87Operation.Move:
                var value = x87.Read(arguments.Source, ref raised);
                if (arguments.Format != X87Format.Register) x87.Read(0, ref raised);
                if (!x87.Conclude(raised, 0)) return 0;
                if (raised != 0) x87[arguments.Target] = ExtendedFloat.Indefinite;
                else if (condition != 0) x87[arguments.Target] = value;
                break;
        }
        if (arguments.Pops > 0) x87.Pop();
        return 0;
    }

    /// <summary>Instructions without operands, by their number in <see cref="X87Operation"/>.</summary>
    public static ulong Unary(EmulatedCpu cpu, ulong operation, ulong unused)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (x87.TryBegin()) X87Functions.Apply(ref x87, (X87Operation)operation);
        return 0;
    }

    /// <summary>Initialisation and clearing of exceptions, which do not wait for any.</summary>
    public static ulong Control(EmulatedCpu cpu, ulong operation, ulong value)
    {
        var x86 = (X86Cpu)cpu;
        var x87 = new X87Unit(x86);
        if (!x87.TryBegin(waits: false)) return 0;
        switch ((X87Operation)operation)
        {
            case X87Operation.Initialize: x87.Initialize(); break;
            case X87Operation.ClearExceptions: x87.Status &= 0x7f00; break;
            case X87Operation.SetControl:
                x86.Registers.X87Control = (value & 0x1f3f) | 0x40;
                x87.UpdateSummary();
                break;
            case X87Operation.GetControl: return x86.Registers.X87Control;
            case X87Operation.GetStatus: return x87.Status;
        }
        return 0;
    }

    private static ExtendedFloat Load(X87Format format, ulong bits, ref ExtendedContext context) => format switch
    {
        X87Format.Single => ExtendedFloat.FromFormat<Binary32>(bits, ref context),
        X87Format.Double => ExtendedFloat.FromFormat<Binary64>(bits, ref context),
        X87Format.Int16 => ExtendedFloat.FromInteger((short)bits),
        X87Format.Int32 => ExtendedFloat.FromInteger((int)bits),
        _ => ExtendedFloat.FromInteger((long)bits),
    };

    private static ulong Store(X87Format format, ExtendedFloat value, RoundingMode mode, ref ExtendedContext context)
    {
        switch (format)
        {
            case X87Format.Single: return value.ToFormat<Binary32>(ref context);
            case X87Format.Double: return value.ToFormat<Binary64>(ref context);
            case X87Format.Int16: return (ushort)value.ToInteger(16, mode, ref context);
            case X87Format.Int32: return (uint)value.ToInteger(32, mode, ref context);
            default: return (ulong)value.ToInteger(64, mode, ref context);
        }
    }
}
