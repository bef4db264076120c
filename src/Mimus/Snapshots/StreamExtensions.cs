using System.Text;
using Mimus.Core.State;

namespace Mimus.Snapshots;

/// <summary>The elements that snapshots are made of. Reading trusts nothing.</summary>
internal static class StreamExtensions
{
    private const int MaximumNumberBytes = 10;

    public static void WriteNumber(this Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }

    public static void WriteText(this Stream stream, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        stream.WriteNumber((ulong)bytes.Length);
        stream.Write(bytes);
    }

    public static ulong ReadNumber(this Stream stream)
    {
        ulong value = 0;
        for (var i = 0; i < MaximumNumberBytes; i++)
        {
            var next = stream.ReadOne();
            if (i == MaximumNumberBytes - 1 && next > 1) break;
            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80) return value;
        }
        throw new StateException("the snapshot is damaged: a number is too long");
    }

    public static string ReadText(this Stream stream)
    {
        var length = stream.ReadNumber();
        if (length > SnapshotFormat.MaximumNameLength) throw new StateException("the snapshot is damaged: a name is too long");
        return Encoding.UTF8.GetString(stream.ReadExact((int)length));
    }

    public static byte ReadOne(this Stream stream)
    {
        var value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw CutShort();
    }

    public static byte[] ReadExact(this Stream stream, int length)
    {
        // What the stream cannot hold is refused before memory is taken for it.
        if (length > stream.Length - stream.Position) throw CutShort();
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static StateException CutShort() => new("the snapshot is cut short");
}
