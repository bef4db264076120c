using System.Buffers.Binary;

namespace Mimus.Storage.Qcow2;

/// <summary>Entries of refcount blocks, of 1 to 64 bits: those of less than a byte fill it from its lowest bit on.</summary>
internal static class RefcountCodec
{
    public static ulong Get(ReadOnlySpan<byte> block, int index, int order) => order switch
    {
        < 3 => (ulong)(block[index >> (3 - order)] >> ShiftOf(index, order)) & MaskOf(order),
        3 => block[index],
        4 => BinaryPrimitives.ReadUInt16BigEndian(block[(index * 2)..]),
        5 => BinaryPrimitives.ReadUInt32BigEndian(block[(index * 4)..]),
        _ => BinaryPrimitives.ReadUInt64BigEndian(block[(index * 8)..]),
    };

    public static void Set(Span<byte> block, int index, int order, ulong count)
    {
        switch (order)
        {
            case < 3:
                ref var bits = ref block[index >> (3 - order)];
                bits = (byte)((bits & ~(MaskOf(order) << ShiftOf(index, order))) | (count << ShiftOf(index, order)));
                break;
            case 3:
                block[index] = (byte)count;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[(index * 2)..], (ushort)count);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[(index * 4)..], (uint)count);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(block[(index * 8)..], count);
                break;
        }
    }

    private static int ShiftOf(int index, int order) => (index & ((8 >> order) - 1)) << order;

    private static ulong MaskOf(int order) => (1ul << (1 << order)) - 1;
}
