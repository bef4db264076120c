using System.Buffers.Binary;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Tests.Support;

/// <summary>Saves state into a list of named fields, or restores it from one.</summary>
internal sealed class RecordingVisitor : StateVisitor
{
    private readonly List<(string Path, byte[] Value)> _fields;
    private readonly bool _restoring;
    private readonly HashSet<string> _seen = [];
    private string _prefix = "";
    private int _next;

    private RecordingVisitor(List<(string, byte[])> fields, bool restoring)
    {
        _fields = fields;
        _restoring = restoring;
    }

    public override bool IsRestoring => _restoring;

    public static List<(string Path, byte[] Value)> Save(IStateful part)
    {
        var fields = new List<(string, byte[])>();
        part.State(new RecordingVisitor(fields, false));
        return fields;
    }

    public static void Restore(IStateful part, List<(string, byte[])> fields)
    {
        var visitor = new RecordingVisitor(fields, true);
        part.State(visitor);
        Assert.Equal(fields.Count, visitor._next);
    }

    public static string Describe(List<(string Path, byte[] Value)> fields) =>
        string.Join('\n', fields.Select(f => $"{f.Path} = {Convert.ToHexString(f.Value)}"));

    public override void Bytes(int id, string name, Span<byte> value)
    {
        var field = Field(id, name, value);
        if (_restoring) field.CopyTo(value);
    }

    public override void Bytes(int id, string name, ref byte[] value, int maximumLength)
    {
        var field = Field(id, name, value);
        if (_restoring) value = [.. field];
    }

    public override void Pages(int id, string name, RamBlock block) =>
        Bytes(id, name, block.Bytes(0, (int)block.Range.Length));

    public override void Child(string name, IStateful child)
    {
        Assert.True(_seen.Add($"{_prefix}{name}/"), $"two parts are called {_prefix}{name}");
        var outer = _prefix;
        _prefix = $"{_prefix}{name}/";
        child.State(this);
        _prefix = outer;
    }

    protected override void Number(int id, string name, ref ulong value, ulong maximum)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        var field = Field(id, name, bytes);
        if (_restoring)
        {
            value = BinaryPrimitives.ReadUInt64LittleEndian(field);
            if (value > maximum) Refuse($"{_prefix}{name} is {value}, above {maximum}");
        }
        Assert.True(value <= maximum, $"{_prefix}{name} is {value}, above {maximum}");
    }

    private byte[] Field(int id, string name, ReadOnlySpan<byte> value)
    {
        var path = $"{_prefix}{id}:{name}";
        Assert.True(_seen.Add($"{_prefix}{id}"), $"two fields of one part have the number of {path}");
        if (!_restoring)
        {
            _fields.Add((path, value.ToArray()));
            return [];
        }
        Assert.Equal(_fields[_next].Path, path);
        return _fields[_next++].Value;
    }
}
