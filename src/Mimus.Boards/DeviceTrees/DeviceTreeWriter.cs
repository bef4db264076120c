using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.DeviceTrees;

/// <summary>Writes a device tree in the flattened format, version 17 (Devicetree Specification 0.4, chapter 5).</summary>
public static class DeviceTreeWriter
{
    private const int HeaderSize = 40, ReservationSize = 16;

    public static byte[] Write(DeviceTreeNode root)
    {
        var structure = new MemoryStream();
        var strings = new MemoryStream();
        var offsets = new Dictionary<string, int>();
        WriteNode(root, structure, strings, offsets);
        Number(structure, FlatTree.End);

        var structureAt = HeaderSize + ReservationSize;
        var stringsAt = structureAt + (int)structure.Length;
        var total = stringsAt + (int)strings.Length;
        var result = new byte[total];
        uint[] header =
        [
            FlatTree.Magic, (uint)total, (uint)structureAt, (uint)stringsAt, HeaderSize, FlatTree.Version, FlatTree.CompatibleVersion, 0,
            (uint)strings.Length, (uint)structure.Length,
        ];
        for (var i = 0; i < header.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(i * 4), header[i]);
        structure.ToArray().CopyTo(result, structureAt);
        strings.ToArray().CopyTo(result, stringsAt);
        return result;
    }

    private static void WriteNode(DeviceTreeNode node, MemoryStream structure, MemoryStream strings, Dictionary<string, int> offsets)
    {
        Number(structure, FlatTree.BeginNode);
        structure.Write(Encoding.UTF8.GetBytes(node.Name + "\0"));
        Align(structure);
        foreach (var (name, value) in node.Properties)
        {
            if (!offsets.TryGetValue(name, out var offset))
            {
                offset = (int)strings.Length;
                offsets.Add(name, offset);
                strings.Write(Encoding.UTF8.GetBytes(name + "\0"));
            }
            Number(structure, FlatTree.Property);
            Number(structure, (uint)value.Length);
            Number(structure, (uint)offset);
            structure.Write(value);
            Align(structure);
        }
        foreach (var child in node.Children) WriteNode(child, structure, strings, offsets);
        Number(structure, FlatTree.EndNode);
    }

    private static void Number(MemoryStream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Align(MemoryStream stream)
    {
        while (stream.Length % 4 != 0) stream.WriteByte(0);
    }
}
