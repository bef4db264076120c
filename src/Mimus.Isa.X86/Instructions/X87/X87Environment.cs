using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.X86.Instructions;

/// <summary>The environment of x87 and all its registers in memory, as FSTENV and FSAVE have them (SDM volume 1, 8.1.10 and 8.1.11), and packed decimals.</summary>
internal static class X87Environment
{
    private const ulong AllMasked = 0x3f, RegisterBytes = 10;
    private const long GreatestDecimal = 999_999_999_999_999_999;
    private const int DecimalDigits = 18;

    /// <summary>Stores the environment, after which all exceptions are masked; the size is that of the operand, 14 or 28.</summary>
    public static ulong Store(EmulatedCpu cpu, ulong address, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        var x87 = new X87Unit(x86);
        if (!x87.TryBegin(waits: false) || !TryProbe(x86, address, size) || !TryStore(x86, address, size)) return 0;
        x86.Registers.X87Control |= AllMasked;
        x87.UpdateSummary();
        return 0;
    }

    public static ulong Load(EmulatedCpu cpu, ulong address, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        Span<ulong> words = stackalloc ulong[7];
        if (new X87Unit(x86).TryBegin() && TryRead(x86, address, size, words)) Take(x86, size, words);
        return 0;
    }

    /// <summary>Stores the environment and the registers behind it, and begins anew; the size is 94 or 108.</summary>
    public static ulong Save(EmulatedCpu cpu, ulong address, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        var x87 = new X87Unit(x86);
        var environment = size - (8 * RegisterBytes);
        if (!x87.TryBegin(waits: false) || !TryProbe(x86, address, size) || !TryStore(x86, address, environment)) return 0;
        for (var i = 0; i < 8; i++)
        {
            var at = address + environment + ((ulong)i * RegisterBytes);
            if (!TryWrite(x86, at, 8, x87[i].Significand) || !TryWrite(x86, at + 8, 2, x87[i].SignExponent)) return 0;
        }
        x87.Initialize();
        return 0;
    }

    public static ulong Restore(EmulatedCpu cpu, ulong address, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        var x87 = new X87Unit(x86);
        var environment = size - (8 * RegisterBytes);
        Span<ulong> words = stackalloc ulong[7];
        Span<ExtendedFloat> registers = stackalloc ExtendedFloat[8];
        if (!x87.TryBegin() || !TryRead(x86, address, environment, words)) return 0;
        for (var i = 0; i < 8; i++)
        {
            var at = address + environment + ((ulong)i * RegisterBytes);
            if (!TryRead(x86, at, 8, out var significand) || !TryRead(x86, at + 8, 2, out var signExponent)) return 0;
            registers[i] = new ExtendedFloat(significand, (ushort)signExponent);
        }
        Take(x86, environment, words);
        var used = x86.Registers.X87Used;
        for (var i = 0; i < 8; i++) x87[i] = registers[i];
        x86.Registers.X87Used = used;
        return 0;
    }

    /// <summary>Pushes a number of 18 decimal digits, two a byte, with its sign in the highest.</summary>
    public static ulong LoadDecimal(EmulatedCpu cpu, ulong low, ulong high)
    {
        var x87 = new X87Unit((X86Cpu)cpu);
        if (!x87.TryBegin()) return 0;
        long value = 0;
        for (var digit = DecimalDigits - 1; digit >= 0; digit--)
        {
            var bits = digit < 16 ? low >> (4 * digit) : high >> (4 * (digit - 16));
            value = (value * 10) + (long)(bits & 15);
        }
        var number = ExtendedFloat.FromInteger(value);
        x87.Push((high & 0x8000) != 0 ? number.Negate() : number);
        return 0;
    }

    /// <summary>ST(0) as such a number: its lower eight bytes, or with 1 its upper two.</summary>
    public static ulong DecimalPart(EmulatedCpu cpu, ulong part, ulong unused)
    {
        const ulong IndefiniteLow = 0xc000000000000000, IndefiniteHigh = 0xffff;
        var x87 = new X87Unit((X86Cpu)cpu);
        if (!x87.TryBegin()) return 0;
        ulong raised = 0;
        var context = x87.Context;
        var number = x87.Read(0, ref raised);
        var value = raised == 0 ? number.ToInteger(64, x87.Rounding, ref context) : 0;
        if (raised != 0 || (context.Flags & FloatFlags.Invalid) != 0 || value is > GreatestDecimal or < -GreatestDecimal)
        {
            x87.Conclude(raised | X87Unit.InvalidBit, 0);
            return part == 0 ? IndefiniteLow : IndefiniteHigh;
        }
        x87.Conclude(context);
        var rest = Math.Abs(value);
        ulong low = 0, high = number.IsNegative ? 0x8000u : 0;
        for (var digit = 0; digit < DecimalDigits; digit++, rest /= 10)
        {
            if (digit < 16) low |= (ulong)(rest % 10) << (4 * digit);
            else high |= (ulong)(rest % 10) << (4 * (digit - 16));
        }
        return part == 0 ? low : high;
    }

    private static bool TryStore(X86Cpu cpu, ulong address, ulong size)
    {
        ref var state = ref cpu.Registers;
        var isWide = size == 28;
        Span<ulong> words = [state.X87Control, state.X87Status, Tags(cpu), state.X87Instruction, 0, state.X87Operand, 0];
        // In real mode the pointers are linear addresses, whose upper bits have a word of their own with the opcode.
        if (cpu.HasRealSegments) (words[4], words[6]) = (((state.X87Instruction >> 16) << 12) | state.X87Opcode, (state.X87Operand >> 16) << 12);
        else if (isWide) words[4] = state.X87Opcode << 16;
        for (var i = 0; i < words.Length; i++)
        {
            // What no register fills reads as ones.
            var value = isWide && i is 0 or 1 or 2 or 6 && !(i == 6 && cpu.HasRealSegments) ? words[i] | 0xffff0000 : words[i];
            if (!TryWrite(cpu, address + ((ulong)i * size / 7), isWide ? 4 : 2, value)) return false;
        }
        return true;
    }

    private static bool TryRead(X86Cpu cpu, ulong address, ulong size, Span<ulong> words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (!TryRead(cpu, address + ((ulong)i * size / 7), size == 28 ? 4 : 2, out words[i])) return false;
        }
        return true;
    }

    private static void Take(X86Cpu cpu, ulong size, ReadOnlySpan<ulong> words)
    {
        ref var state = ref cpu.Registers;
        state.X87Control = (words[0] & 0x1f3f) | 0x40;
        state.X87Status = (ushort)words[1];
        state.X87Used = 0;
        for (var i = 0; i < 8; i++)
        {
            if (((words[2] >> (2 * i)) & 3) != 3) state.X87Used |= 1ul << i;
        }
        state.X87Instruction = words[3];
        state.X87Operand = words[5];
        if (size == 28 && !cpu.HasRealSegments) state.X87Opcode = (words[4] >> 16) & 0x7ff;
        new X87Unit(cpu).UpdateSummary();
    }

    /// <summary>Two bits for each register by its number: a number, zero, something special, empty.</summary>
    private static ulong Tags(X86Cpu cpu)
    {
        var x87 = new X87Unit(cpu);
        ulong tags = 0;
        for (var place = 0; place < 8; place++)
        {
            var number = (place - x87.Top) & 7;
            var value = x87[number];
            var tag = x87.IsEmpty(number) ? 3u : value.IsZero ? 1u : value.IsNaN || value.IsInfinity || value.IsDenormal || value.IsUnsupported || value.Exponent == 0 ? 2u : 0;
            tags |= (ulong)tag << (2 * place);
        }
        return tags;
    }

    /// <summary>Whether all of it can be written.</summary>
    private static bool TryProbe(X86Cpu cpu, ulong address, ulong size) => cpu.TryProbeWrite(address, (int)size);

    private static bool TryRead(X86Cpu cpu, ulong address, int size, out ulong value) => cpu.TryRead(address, size, cpu.Cpl == 3, isImplicit: false, out value);

    private static bool TryWrite(X86Cpu cpu, ulong address, int size, ulong value) => cpu.TryWrite(address, size, cpu.Cpl == 3, isImplicit: false, value);
}
