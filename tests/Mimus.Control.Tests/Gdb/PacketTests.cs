using System.Text;
using Mimus.Control.Gdb;

namespace Mimus.Control.Tests.Gdb;

public sealed class PacketTests
{
    [Theory]
    [InlineData("$OK#9a", "Packet:OK")]
    [InlineData("$#00", "Packet:")]
    [InlineData("+$g#67-", "Acknowledged Packet:g Refused")]
    [InlineData("$g#68", "Damaged")]
    [InlineData("$g#zz", "Damaged")]
    [InlineData("\u0003$g#67", "Interrupt Packet:g")]
    [InlineData("$m1000$g#67", "Packet:g")]
    [InlineData("$a}\u0003b#43", "Packet:a#b")]
    [InlineData("x", "Garbage")]
    [InlineData("$abcdefgh#24$abcdefghi#8d$g#67", "Packet:abcdefgh TooLong Packet:g")]
    [InlineData("$g#6", "")]
    public void Packets_are_found_in_a_stream_of_bytes(string stream, string expected)
    {
        var reader = new PacketReader(8);
        var found = new List<string>();
        foreach (var value in Encoding.Latin1.GetBytes(stream))
        {
            var what = reader.Feed(value);
            if (what == PacketEvent.Packet) found.Add($"Packet:{Encoding.Latin1.GetString(reader.Payload)}");
            else if (what != PacketEvent.None) found.Add(what.ToString());
        }
        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public void Bytes_with_a_meaning_are_sent_changed()
    {
        var writer = new PacketWriter();
        writer.Begin();
        writer.Binary("a#$}*b"u8);
        Assert.Equal("$a}\u0003}\u0004}]}\nb#", Encoding.Latin1.GetString(writer.Finish())[..^2]);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var writer = new PacketWriter();
        writer.Begin();
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        writer.Binary(bytes);
        var reader = new PacketReader(1024);
        var last = PacketEvent.None;
        foreach (var value in writer.Finish()) last = reader.Feed(value);
        Assert.Equal(PacketEvent.Packet, last);
        Assert.Equal(bytes, reader.Payload.ToArray());
    }

    [Fact]
    public void Registers_are_written_in_the_order_of_memory()
    {
        var writer = new PacketWriter();
        writer.Begin();
        writer.HexLittleEndian(0x1122334455667788, 64);
        writer.HexLittleEndian(0xabcd, 32);
        Assert.Equal("$8877665544332211cdab0000", Encoding.ASCII.GetString(writer.Finish())[..^3]);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("p1.2", 2)]
    [InlineData("p1", -1)]
    [InlineData("-1", -1)]
    [InlineData("p-1.-1", -1)]
    [InlineData("0", 0)]
    [InlineData("ffffffff", null)]
    [InlineData("p", null)]
    [InlineData("", null)]
    [InlineData("pppppppp1", null)]
    [InlineData("-2", null)]
    public void Thread_ids_have_several_forms(string text, int? expected)
    {
        var arguments = new PacketArguments(Encoding.ASCII.GetBytes(text));
        var ok = arguments.TryThread(out var thread) && arguments.IsEmpty;
        Assert.Equal(expected, ok ? thread : null);
    }

    [Theory]
    [InlineData("ffffffffffffffff", true)]
    [InlineData("10000000000000000", false)]
    [InlineData("", false)]
    [InlineData("g", false)]
    public void Numbers_have_at_most_64_bits(string text, bool expected) =>
        Assert.Equal(expected, new PacketArguments(Encoding.ASCII.GetBytes(text)).TryNumber(out _));
}
