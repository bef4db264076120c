using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.DeviceTrees;

/// <summary>Reads a flattened device tree from a file that a person named; anything wrong with it is a <see cref="FormatException"/>.</summary>
public static class DeviceTreeReader
{
    private const int MaximumDepth = 64;
    private const int HeaderSize = 40;

    public static DeviceTreeNode Read(ReadOnlySpan<byte> data)
    {
        if (data.Length < HeaderSize || Number(data, 0) != FlatTree.Magic) throw new FormatException("it does not begin as a device tree");
        var total = Number(data, 4);
        if (total < HeaderSize || total > data.Length) throw new FormatException("it is cut short");
        data = data[..(int)total];
        if (Number(data, 24) > FlatTree.Version) throw new FormatException("its version is not supported");
        var structure = Part(data, Number(data, 8), Number(data, 36));
        var strings = Part(data, Number(data, 12), Number(data, 32));

        var position = 0;
        if (Next(structure, ref position) != FlatTree.BeginNode) throw new FormatException("it has no root node");
        return ReadNode(structure, ref position, strings, 0);
    }

    private static DeviceTreeNode ReadNode(ReadOnlySpan<byte> structure, ref int position, ReadOnlySpan<byte> strings, int depth)
    {
        if (depth > MaximumDepth) throw new FormatException("its nodes are nested too deeply");
        var name = Text(structure, position);
        position = Align(position + Encoding.UTF8.GetByteCount(name) + 1);
        var node = new DeviceTreeNode(name);
        while (true)
        {
            switch (Next(structure, ref position))
            {
                case FlatTree.Property:
                    var length = Next(structure, ref position);
                    var nameAt = Next(structure, ref position);
                    if (length > structure.Length - position) throw new FormatException("a property is longer than the tree");
                    if (nameAt >= strings.Length) throw new FormatException("a property's name is outside the tree");
                    node.Set(Text(strings, (int)nameAt), structure.Slice(position, (int)length).ToArray());
                    position = Align(position + (int)length);
                    break;
                case FlatTree.BeginNode:
                    node.Add(ReadNode(structure, ref position, strings, depth + 1));
                    break;
                case FlatTree.EndNode:
                    return node;
                case FlatTree.Nop:
                    break;
                default:
                    throw new FormatException("it has an unknown mark between its properties");
            }
        }
    }

    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> data, uint offset, uint length)
    {
        if (offset > data.Length || length > data.Length - offset) throw new FormatException("one of its parts is outside it");
        return data.Slice((int)offset, (int)length);
    }

    private static string Text(ReadOnlySpan<byte> data, int position)
    {
        var rest = position <= data.Length ? data[position..] : [];
        var end = rest.IndexOf((byte)0);
        if (end < 0) throw new FormatException("a name has no end");
        return Encoding.UTF8.GetString(rest[..end]);
    }

    private static uint Next(ReadOnlySpan<byte> structure, ref int position)
    {
        if (position < 0 || position + 4 > structure.Length) throw new FormatException("it is cut short");
        position += 4;
        return Number(structure, position - 4);
    }

    private static uint Number(ReadOnlySpan<byte> data, int position) => BinaryPrimitives.ReadUInt32BigEndian(data[position..]);

    private static int Align(int position) => (position + 3) & ~3;
}
