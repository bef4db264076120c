using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Kvm.Tests.Support;

/// <summary>Takes the fields of one part, and after <see cref="Turn"/> gives them to another.</summary>
internal sealed class StateCopy : StateVisitor
{
    private readonly Dictionary<int, byte[]> _fields = [];
    private bool _isRestoring;

    public override bool IsRestoring => _isRestoring;

    public void Turn() => _isRestoring = true;

    public override void Bytes(int id, string name, Span<byte> value)
    {
        if (_isRestoring) _fields[id].CopyTo(value);
        else _fields[id] = value.ToArray();
    }

    public override void Bytes(int id, string name, ref byte[] value, int maximumLength) => throw new NotSupportedException();

    public override void Pages(int id, string name, RamBlock block) => throw new NotSupportedException();

    public override void Child(string name, IStateful child) => throw new NotSupportedException();

    protected override void Number(int id, string name, ref ulong value, ulong maximum)
    {
        if (_isRestoring) value = BitConverter.ToUInt64(_fields[id]);
        else _fields[id] = BitConverter.GetBytes(value);
    }
}
