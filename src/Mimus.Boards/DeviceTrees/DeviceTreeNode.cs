using System.Buffers.Binary;
using System.Text;

namespace Mimus.Boards.DeviceTrees;

/// <summary>A node of a device tree (Devicetree Specification 0.4): named properties and child nodes, in order.</summary>
public sealed class DeviceTreeNode(string name)
{
    private readonly List<KeyValuePair<string, byte[]>> _properties = [];
    private readonly List<DeviceTreeNode> _children = [];

    public string Name { get; } = name;

    public IReadOnlyList<KeyValuePair<string, byte[]>> Properties => _properties;

    public IReadOnlyList<DeviceTreeNode> Children => _children;

    public DeviceTreeNode Add(string name) => Add(new DeviceTreeNode(name));

    public DeviceTreeNode Add(DeviceTreeNode child)
    {
        _children.Add(child);
        return child;
    }

    /// <summary>The child of a name, made when there is none.</summary>
    public DeviceTreeNode Child(string name) => _children.Find(c => c.Name == name) ?? Add(name);

    /// <summary>A property without a value.</summary>
    public DeviceTreeNode Flag(string name) => Set(name, []);

    public DeviceTreeNode Cells(string name, params uint[] cells)
    {
        var bytes = new byte[cells.Length * sizeof(uint)];
        for (var i = 0; i < cells.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * sizeof(uint)), cells[i]);
        return Set(name, bytes);
    }

    /// <summary>Numbers of two cells each, such as addresses and sizes.</summary>
    public DeviceTreeNode Wide(string name, params ulong[] numbers)
    {
        var bytes = new byte[numbers.Length * sizeof(ulong)];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)), numbers[i]);
        return Set(name, bytes);
    }

    /// <summary>One string, or a list of them.</summary>
    public DeviceTreeNode Text(string name, params string[] values) =>
        Set(name, Encoding.UTF8.GetBytes(string.Concat(values.Select(v => v + "\0"))));

    /// <summary>Gives a property a value, in place of an earlier one.</summary>
    public DeviceTreeNode Set(string name, byte[] value)
    {
        var index = 0;
        while (index < _properties.Count && _properties[index].Key != name) index++;
        var property = KeyValuePair.Create(name, value);
        if (index == _properties.Count) _properties.Add(property);
        else _properties[index] = property;
        return this;
    }
}
