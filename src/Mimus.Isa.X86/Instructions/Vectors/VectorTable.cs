using System.Runtime.Intrinsics;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Carries vector operations out on registers of the state.</summary>
public static unsafe class VectorTable
{
    private const int LaneBytes = 16;

    /// <summary>All operands are read before the target is written; a floating-point exception is pending when one was raised, and nothing written.</summary>
    public static void Apply(X86Cpu cpu, VectorOperation operation, int bytes, int target, int a, int b, int control)
    {
        ulong* x = cpu.Slots + Slot.Vector(a), y = cpu.Slots + Slot.Vector(b), r = cpu.Slots + Slot.Vector(target);
        if (operation is >= VectorOperation.SignExtendBW and <= VectorOperation.ZeroExtendDQ)
        {
            ExtendedLanes.Apply(operation, bytes, (byte*)y, (byte*)r);
            return;
        }
        if (operation == VectorOperation.PermuteD)
        {
            PermuteWords((uint*)x, (uint*)y, (uint*)r);
            return;
        }
        if (operation > VectorOperation.FirstFloat)
        {
            FloatVectors.Apply(cpu, operation, bytes, r, x, y, control);
            return;
        }
        if (bytes < LaneBytes)
        {
            *r = OnHalf(operation, *x, *y, control);
            return;
        }
        var results = stackalloc ulong[Slot.VectorSlots];
        var mask = cpu.Slots + Slot.Vector(control & 15);
        for (var at = 0; at < bytes; at += LaneBytes)
        {
            var part = at / 8;
            Vector128<ulong> first = Vector128.Create(x[part], x[part + 1]), second = Vector128.Create(y[part], y[part + 1]);
            var result = operation switch
            {
                VectorOperation.BlendByMaskB => Lanes.BlendByMask<sbyte>(first, second, Vector128.Create(mask[part], mask[part + 1])),
                VectorOperation.BlendByMaskD => Lanes.BlendByMask<int>(first, second, Vector128.Create(mask[part], mask[part + 1])),
                VectorOperation.BlendByMaskQ => Lanes.BlendByMask<long>(first, second, Vector128.Create(mask[part], mask[part + 1])),
                VectorOperation.Sha256Rounds => ShaLanes.Rounds256(first, second, Vector128.Create(mask[part], mask[part + 1])),
                _ => IntegerVectors.Apply(operation, first, second, ControlOf(operation, control, at)),
            };
            (results[part], results[part + 1]) = (result.GetElement(0), result.GetElement(1));
        }
        for (var part = 0; part < bytes / 8; part++) r[part] = results[part];
    }

    /// <summary>
    /// MMX: an operation on 64 bits. Those that bring lanes of both operands together do so in the lower half where the operands are the halves
    /// of one vector, and what takes the upper lanes is the upper half of what takes the lower ones.
    /// </summary>
    private static ulong OnHalf(VectorOperation operation, ulong x, ulong y, int control)
    {
        const ulong NumbersOfHalf = 0x8787878787878787;
        const int ToLow = VectorOperation.UnpackHighB - VectorOperation.UnpackLowB;
        Vector128<ulong> a = Vector128.CreateScalar(x), b = Vector128.CreateScalar(y);
        return operation switch
        {
            >= VectorOperation.UnpackHighB and <= VectorOperation.UnpackHighQ => IntegerVectors.Apply(operation - ToLow, a, b, control).GetElement(1),
            (>= VectorOperation.PackSignedW and <= VectorOperation.PackUnsignedD) or (>= VectorOperation.HorizontalAddW and <= VectorOperation.HorizontalSubSaturateW) =>
                IntegerVectors.Apply(operation, Vector128.Create(x, y), b, control).ToScalar(),
            VectorOperation.ShuffleB => IntegerVectors.Apply(operation, a, Vector128.CreateScalar(y & NumbersOfHalf), control).ToScalar(),
            VectorOperation.AlignRight => Lanes.ShiftBytes(Vector128.Create(y, x), -Math.Min(control & 0xff, LaneBytes)).ToScalar(),
            _ => IntegerVectors.Apply(operation, a, b, control).ToScalar(),
        };
    }

    private static void PermuteWords(uint* numbers, uint* source, uint* target)
    {
        const int Words = Slot.VectorSlots * 2;
        var results = stackalloc uint[Words];
        for (var i = 0; i < Words; i++) results[i] = source[numbers[i] & (Words - 1)];
        for (var i = 0; i < Words; i++) target[i] = results[i];
    }

    /// <summary>The upper 128 bits have their own bits of some controls.</summary>
    private static int ControlOf(VectorOperation operation, int control, int at) => at == 0 ? control : operation switch
    {
        VectorOperation.BlendD => control >> 4,
        VectorOperation.BlendQ or VectorOperation.ShuffleDoubles => control >> 2,
        VectorOperation.MultipleSums => control >> 3,
        _ => control,
    };
}
