using System.Runtime.InteropServices;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Lanes widened, from the low part of the source to all of the target.</summary>
internal static unsafe class ExtendedLanes
{
    public static void Apply(VectorOperation operation, int bytes, byte* source, byte* target)
    {
        Span<byte> copy = stackalloc byte[16];
        new ReadOnlySpan<byte>(source, 16).CopyTo(copy);
        var room = new Span<byte>(target, bytes);
        switch (operation)
        {
            case VectorOperation.SignExtendBW: Widen<sbyte, short>(copy, room, static x => x); break;
            case VectorOperation.SignExtendBD: Widen<sbyte, int>(copy, room, static x => x); break;
            case VectorOperation.SignExtendBQ: Widen<sbyte, long>(copy, room, static x => x); break;
            case VectorOperation.SignExtendWD: Widen<short, int>(copy, room, static x => x); break;
            case VectorOperation.SignExtendWQ: Widen<short, long>(copy, room, static x => x); break;
            case VectorOperation.SignExtendDQ: Widen<int, long>(copy, room, static x => x); break;
            case VectorOperation.ZeroExtendBW: Widen<byte, ushort>(copy, room, static x => x); break;
            case VectorOperation.ZeroExtendBD: Widen<byte, uint>(copy, room, static x => x); break;
            case VectorOperation.ZeroExtendBQ: Widen<byte, ulong>(copy, room, static x => x); break;
            case VectorOperation.ZeroExtendWD: Widen<ushort, uint>(copy, room, static x => x); break;
            case VectorOperation.ZeroExtendWQ: Widen<ushort, ulong>(copy, room, static x => x); break;
            default: Widen<uint, ulong>(copy, room, static x => x); break;
        }
    }

    private static void Widen<TFrom, TTo>(ReadOnlySpan<byte> source, Span<byte> target, Func<TFrom, TTo> widen) where TFrom : unmanaged where TTo : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, TFrom>(source);
        var to = MemoryMarshal.Cast<byte, TTo>(target);
        for (var i = 0; i < to.Length; i++) to[i] = widen(from[i]);
    }
}
