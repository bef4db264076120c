using System.Text;
using static Mimus.Control.Tests.Gdb.GuestProgram;

namespace Mimus.Control.Tests.Gdb;

/// <summary>Nothing that arrives at the socket brings more about than an error answer or the end of the connection.</summary>
public sealed class HostileClientTests : IDisposable
{
    private readonly Stage _stage = new();

    public void Dispose() => _stage.Dispose();

    [Theory]
    [InlineData("m")]
    [InlineData("m0")]
    [InlineData("m0,")]
    [InlineData("m,8")]
    [InlineData("mx,8")]
    [InlineData("m0,8,8")]
    [InlineData("m80000000,0")]
    [InlineData("m80000000,10000000000000000")]
    [InlineData("M80000000,4:11")]
    [InlineData("M80000000,2:gggg")]
    [InlineData("M80000000,ffffffffffffffff:11")]
    [InlineData("M80000000,1:1")]
    [InlineData("X80000000,ffffffff:abc")]
    [InlineData("X80000000,3")]
    [InlineData("G")]
    [InlineData("G12")]
    [InlineData("p")]
    [InlineData("P")]
    [InlineData("P1")]
    [InlineData("P1=")]
    [InlineData("P1=00")]
    [InlineData("P1=zz00000000000000")]
    [InlineData("P1=000000000000000000")]
    [InlineData("Z")]
    [InlineData("Z0")]
    [InlineData("Z0,80000000")]
    [InlineData("Z0,80000000,4;X1,22")]
    [InlineData("Z2,80000000,0")]
    [InlineData("Hg")]
    [InlineData("Hg-")]
    [InlineData("T")]
    [InlineData("T-1")]
    [InlineData("vCont;")]
    [InlineData("vCont;x")]
    [InlineData("vCont;c:9")]
    [InlineData("vCont;C")]
    [InlineData("C")]
    [InlineData("cx")]
    [InlineData("sffffffffffffffffff")]
    [InlineData("Dx")]
    [InlineData("qXfer:features:read:")]
    [InlineData("qXfer:features:read:target.xml")]
    [InlineData("qXfer:features:read:target.xml:0")]
    [InlineData("qXfer:threads:read::ffffffffffffffff,1")]
    [InlineData("qThreadExtraInfo,")]
    [InlineData("Qqemu.PhyMemMode:")]
    [InlineData("Qqemu.sstep=")]
    public void Requests_that_make_no_sense_are_answered_with_an_error(string request)
    {
        using var gdb = _stage.Connect(toLoop: false);
        Assert.Matches("^E[0-9a-f]{2}$", gdb.Ask(request));
        AssertUnharmed(gdb);
    }

    [Theory]
    [InlineData("")]
    [InlineData("R00")]
    [InlineData("Z9,0,0")]
    [InlineData("H")]
    [InlineData("gg")]
    [InlineData("vRun;x")]
    [InlineData("vFile:open:2f,0,0")]
    [InlineData("qXfer:auxv:read::0,1")]
    [InlineData("\u0000\u0001\u00ff")]
    public void Requests_that_are_not_known_are_answered_with_nothing(string request)
    {
        using var gdb = _stage.Connect(toLoop: false);
        Assert.Equal("", gdb.Ask(request));
        AssertUnharmed(gdb);
    }

    [Fact]
    public void A_huge_length_is_answered_with_what_fits_a_packet()
    {
        using var gdb = _stage.Connect(toLoop: false);
        Assert.Equal(0x4000, gdb.Ask($"m{Base:x},ffffffffffffffff").Length);
        Assert.Equal(2, gdb.Ask($"m{Base + (16 << 20) - 1:x},ffff").Length);
    }

    [Fact]
    public void A_packet_without_end_takes_no_memory_and_is_refused_when_it_ends()
    {
        using var gdb = _stage.Connect(toLoop: false);
        var part = new byte[1 << 16];
        Array.Fill(part, (byte)'m');
        gdb.SendRaw("$");
        for (var i = 0; i < 64; i++) gdb.SendRaw(part);
        gdb.SendRaw("#00");
        Assert.Equal("E16", gdb.Receive());
        AssertUnharmed(gdb);
    }

    [Fact]
    public void Half_a_packet_and_silence_hold_nobody_up_but_the_client()
    {
        using (var gdb = new GdbClient(_stage.Server.Port)) gdb.SendRaw("$m8000");
        using var next = _stage.Connect(toLoop: false);
        AssertUnharmed(next);
        next.SendRaw("$m8000");
        _stage.Server.Dispose();
        Assert.NotEqual(VmState.Stopped, _stage.Vm.State);
    }

    [Fact]
    public void A_damaged_packet_is_asked_for_again_and_an_answer_repeated()
    {
        using var gdb = _stage.Connect(toLoop: false);
        gdb.SendRaw("$qC#00");
        Assert.Equal('-', (char)gdb.ReceiveByte());
        Assert.Equal("QC1", gdb.Ask("qC"));
        gdb.SendRaw("-");
        Assert.Equal("QC1", gdb.Receive());
        gdb.SendRaw("garbage ~!@ between packets");
        AssertUnharmed(gdb);
    }

    [Fact]
    public void A_browser_is_shown_the_door()
    {
        using var browser = new GdbClient(_stage.Server.Port);
        browser.SendRaw("POST / HTTP/1.1\r\nHost: localhost:1234\r\n\r\n$k#6b");
        Assert.Equal(-1, browser.TryReceiveByte());
        Assert.Equal(VmState.Created, _stage.Vm.State);
    }

    [Fact]
    public void Points_without_end_are_refused()
    {
        using var gdb = _stage.Connect(toLoop: false);
        gdb.AskOk("QStartNoAckMode");
        var refused = 0;
        for (var i = 0; i < 1100; i++)
        {
            if (gdb.Ask($"Z0,{Base + 0x800 + (ulong)(2 * i):x},4") == "E1c") refused++;
        }
        Assert.Equal(1100 - 1024, refused);
        gdb.AskOk("Z2,ffffffffffffffff,ffffffffffffffff");
        gdb.AskOk($"z0,{Base + 0x800:x},4");
        Assert.StartsWith("T05", gdb.Ask("vCont;s:1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_connections_come_and_go()
    {
        _stage.Vm.Resume();
        for (var i = 0; i < 1000; i++)
        {
            using var gdb = new GdbClient(_stage.Server.Port);
            if (i % 2 == 0) continue;
            // Leaves without looking at the answer to its second request.
            gdb.Ask("?");
            gdb.SendRaw("$?#3f");
        }
        using (var last = _stage.Connect(toLoop: false)) AssertUnharmed(last);
        Stage.Until(() => _stage.Vm.State == VmState.Running);
    }

    [Fact]
    public void Random_packets_are_survived()
    {
        var random = new Random(4711);
        var beginnings = new[] { "m", "M", "X", "g", "G", "p", "P", "Z0,", "z2,", "Hg", "Hc", "T", "qXfer:features:read:", "Qqemu.", "vCont;s", "q", "v", "?" };
        using var gdb = _stage.Connect(toLoop: false);
        for (var i = 0; i < 1000; i++)
        {
            var tail = new byte[random.Next(24)];
            for (var j = 0; j < tail.Length; j++)
                tail[j] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)"0123456789abcdef,:;=-."[random.Next(22)];
            var payload = Encoding.ASCII.GetBytes(beginnings[random.Next(beginnings.Length)]).Concat(tail)
                .Where(b => b is not ((byte)'#' or (byte)'$' or (byte)'}')).ToArray();
            gdb.Send(payload);
            gdb.Receive();
        }
        AssertUnharmed(gdb);
    }

    private static void AssertUnharmed(GdbClient gdb)
    {
        gdb.AskOk("Hg1");
        gdb.AskOk("Qqemu.PhyMemMode:1");
        Assert.Equal("f32240f1", gdb.Ask($"m{Base:x},4"));
    }
}
