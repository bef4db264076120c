using Mimus.Core.Memory;

namespace Mimus.Core.State;

/// <summary>
/// Visits the fields of a machine's parts. A field has a number, which never changes its meaning, and a name for people.
/// </summary>
public abstract class StateVisitor
{
    /// <summary>The fields are being overwritten with saved ones; derived state must be computed anew after the last of them.</summary>
    public abstract bool IsRestoring { get; }

    public void Field(int id, string name, ref bool value)
    {
        ulong wide = value ? 1u : 0u;
        Number(id, name, ref wide, 1);
        value = wide != 0;
    }

    public void Field(int id, string name, ref byte value)
    {
        ulong wide = value;
        Number(id, name, ref wide, byte.MaxValue);
        value = (byte)wide;
    }

    public void Field(int id, string name, ref ushort value)
    {
        ulong wide = value;
        Number(id, name, ref wide, ushort.MaxValue);
        value = (ushort)wide;
    }

    public void Field(int id, string name, ref uint value)
    {
        ulong wide = value;
        Number(id, name, ref wide, uint.MaxValue);
        value = (uint)wide;
    }

    public void Field(int id, string name, ref ulong value) => Number(id, name, ref value, ulong.MaxValue);

    public void Field(int id, string name, ref long value)
    {
        var wide = (ulong)value;
        Number(id, name, ref wide, ulong.MaxValue);
        value = (long)wide;
    }

    /// <summary>A number that must stay between 0 and <paramref name="maximum"/>, such as an index; a saved one outside is refused.</summary>
    public void Field(int id, string name, ref int value, int maximum)
    {
        var wide = (ulong)value;
        Number(id, name, ref wide, (ulong)maximum);
        value = (int)wide;
    }

    /// <summary>Bytes whose number is fixed by the configuration.</summary>
    public abstract void Bytes(int id, string name, Span<byte> value);

    /// <summary>Bytes whose number is state too, at most <paramref name="maximumLength"/>.</summary>
    public abstract void Bytes(int id, string name, ref byte[] value, int maximumLength);

    /// <summary>Numbers whose count is fixed by the configuration.</summary>
    public void Fields(int id, string name, Span<ulong> values) => Bytes(id, name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));

    public void Fields(int id, string name, Span<uint> values) => Bytes(id, name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));

    /// <summary>The contents of guest memory; pages of zeroes cost nothing.</summary>
    public abstract void Pages(int id, string name, RamBlock block);

    /// <summary>A part with state of its own.</summary>
    public abstract void Child(string name, IStateful child);

    /// <summary>Called by a part that finds restored fields at odds with each other.</summary>
    public static void Refuse(string reason) => throw new StateException(reason);

    /// <summary>One number; one above <paramref name="maximum"/> is refused when restoring.</summary>
    protected abstract void Number(int id, string name, ref ulong value, ulong maximum);
}
