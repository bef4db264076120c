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
        if (operation > VectorOperation.FirstFloat)
        {
            FloatVectors.Apply(cpu, operation, bytes, r, x, y, control);
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
                _ => IntegerVectors.Apply(operation, first, second, ControlOf(operation, control, at)),
            };
            (results[part], results[part + 1]) = (result.GetElement(0), result.GetElement(1));
        }
        for (var part = 0; part < bytes / 8; part++) r[part] = results[part];
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
