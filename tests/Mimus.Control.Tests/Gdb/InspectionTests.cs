using System.Globalization;
using System.Text;
using System.Xml.Linq;
using static Mimus.Control.Tests.Gdb.GuestProgram;

namespace Mimus.Control.Tests.Gdb;

/// <summary>Registers, memory, threads, descriptions.</summary>
public sealed class InspectionTests : IDisposable
{
    private const int A0 = 10, Pc = 32, FirstFloat = 33, FirstCsr = 65, Privilege = FirstCsr + 4096;
    private const int Mstatus = FirstCsr + 0x300, Satp = FirstCsr + 0x180, PmpConfiguration = FirstCsr + 0x3a0, PmpAddress = FirstCsr + 0x3b0;
    private const int Mhartid = FirstCsr + 0xf14;

    private readonly Stage _stage = new(cpus: 2);

    public void Dispose() => _stage.Dispose();

    [Fact]
    public void Registers_can_be_read_and_written()
    {
        using var gdb = _stage.Connect();
        Assert.Equal(Loop, gdb.ProgramCounter);
        var all = gdb.Ask("g");
        Assert.Equal(33 * 16, all.Length);
        Assert.Equal(Loop, GdbClient.Number(all[(Pc * 16)..]));

        gdb.SetRegister(A0, 0x1122334455667788);
        Assert.Equal(0x1122334455667788ul, gdb.Register(A0));
        gdb.SetRegister(FirstFloat + 31, 0x3ff0000000000000);
        Assert.Equal(0x3ff0000000000000ul, gdb.Register(FirstFloat + 31));
        gdb.SetRegister(0, 5);
        Assert.Equal(0ul, gdb.Register(0));
        Assert.Equal("00000000", gdb.Ask($"p{FirstCsr + 3:x}")); // fcsr has 32 bits

        gdb.AskOk("G" + all);
        Assert.Equal(all, gdb.Ask("g"));
    }

    [Fact]
    public void Control_registers_keep_to_legal_values()
    {
        using var gdb = _stage.Connect();
        gdb.SetRegister(Mstatus, 0x8);
        Assert.Equal(8ul, gdb.Register(Mstatus) & 0xff);
        Assert.Equal("E16", gdb.Ask($"P{Mhartid:x}={GdbClient.Hex(1)}"));
        Assert.Equal("E16", gdb.Ask($"P{Privilege:x}={GdbClient.Hex(2)}"));
        Assert.Equal("E16", gdb.Ask($"p{FirstCsr + 0x7ff:x}"));
        Assert.Equal("E16", gdb.Ask("pffffffffffffffff"));
    }

    [Fact]
    public void Memory_is_read_and_written_but_not_device_registers_and_not_read_only_memory()
    {
        using var gdb = _stage.Connect();
        Assert.Equal(Image()[..64], gdb.Memory(Base, 64));
        gdb.SetMemory(Base + 0x1ffe, [1, 2, 3, 4]); // over the end of a page
        Assert.Equal([0, 1, 2, 3, 4, 0], gdb.Memory(Base + 0x1ffd, 6));
        gdb.Send([.. Encoding.ASCII.GetBytes($"X{Base + 0x1800:x},4:"), (byte)'}', (byte)'}' ^ 0x20, (byte)'}', 3, 0, 0xff]);
        Assert.Equal("OK", gdb.Receive());
        Assert.Equal("7d2300ff", gdb.Ask($"m{Base + 0x1800:x},4"));
        gdb.AskOk($"X{Base:x},0:");

        Assert.Equal("E0e", gdb.Ask($"m{Uart:x},1"));
        Assert.Equal("E0e", gdb.Ask($"M{Uart:x},1:41"));
        Assert.Equal("97020000", gdb.Ask($"m{BootRom:x},4"));
        Assert.Equal("E0e", gdb.Ask($"M{BootRom:x},1:41"));
        Assert.Equal("E0e", gdb.Ask("m0,8"));
        Assert.Equal("E0e", gdb.Ask("mffffffffffffffff,2"));
    }

    [Fact]
    public void Code_written_by_the_debugger_is_what_runs()
    {
        using var gdb = _stage.Connect();
        Assert.StartsWith("T05", gdb.Ask("vCont;s:1"), StringComparison.Ordinal);
        gdb.SetRegister(Pc, Loop);
        gdb.SetRegister(A0, 0);
        gdb.SetMemory(Loop, [0x13, 0x05, 0x55, 0x00]); // addi a0, a0, 5
        gdb.Ask("vCont;s:1");
        Assert.Equal(5ul, gdb.Register(A0));
    }

    [Fact]
    public void Addresses_are_the_harts_own_or_physical()
    {
        using var gdb = _stage.Connect();
        const ulong Virtual = 0x4000_0000, Root = Base + 0x3000;
        gdb.SetMemory(Root + 8, BitConverter.GetBytes((Base >> 2) | 0xcf)); // a gigapage: 1 GiB to the base of RAM
        gdb.SetRegister(PmpAddress, ulong.MaxValue >> 10);
        gdb.SetRegister(PmpConfiguration, 0x1f);
        gdb.SetRegister(Satp, (8ul << 60) | (Root >> 12));
        gdb.SetRegister(Privilege, 1);

        Assert.Equal(Image()[..16], gdb.Memory(Virtual, 16));
        Assert.Equal("E0e", gdb.Ask($"m{Base:x},4"));
        Assert.Equal("0", gdb.Ask("qqemu.PhyMemMode"));
        gdb.AskOk("Qqemu.PhyMemMode:1");
        Assert.Equal("1", gdb.Ask("qqemu.PhyMemMode"));
        Assert.Equal(Image()[..16], gdb.Memory(Base, 16));
        Assert.Equal("E0e", gdb.Ask($"m{Virtual:x},4"));
        gdb.AskOk("Qqemu.PhyMemMode:0");

        // The other hart has no translation.
        gdb.AskOk("Hg2");
        Assert.Equal("E0e", gdb.Ask($"m{Virtual:x},4"));
        Assert.Equal(Image()[..16], gdb.Memory(Base, 16));
    }

    [Fact]
    public void Harts_are_threads()
    {
        using var gdb = _stage.Connect();
        Assert.Equal("m1,2", gdb.Ask("qfThreadInfo"));
        Assert.Equal("l", gdb.Ask("qsThreadInfo"));
        Assert.Equal("QC1", gdb.Ask("qC"));
        gdb.AskOk("T2");
        Assert.Equal("E16", gdb.Ask("T3"));
        gdb.AskOk("Hg2");
        Assert.Equal(1ul, gdb.Register(Mhartid));
        Assert.Equal("E16", gdb.Ask("Hg3"));
        Assert.Equal("E16", gdb.Ask("Hgx"));
        Assert.Equal("hart1 (M mode)", Encoding.ASCII.GetString(Convert.FromHexString(gdb.Ask("qThreadExtraInfo,2"))));
        Assert.Contains("<thread id=\"2\" core=\"1\" name=\"hart1\">M mode</thread>", gdb.Ask("qXfer:threads:read::0,1000"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_description_names_every_register_and_each_can_be_read()
    {
        using var gdb = _stage.Connect();
        var target = Document(gdb, "target.xml");
        Assert.Equal("riscv:rv64", target.Root!.Element("architecture")!.Value);
        var annexes = target.Root.Elements().Where(e => e.Name.LocalName == "include").Select(e => e.Attribute("href")!.Value).ToArray();
        Assert.Equal(["riscv-cpu.xml", "riscv-fpu.xml", "riscv-virtual.xml", "riscv-csr.xml"], annexes);
        var registers = annexes.SelectMany(a => Document(gdb, a).Descendants("reg")).ToArray();
        Assert.Equal(registers.Length, registers.Select(r => r.Attribute("name")!.Value).Distinct().Count());
        foreach (var register in registers)
        {
            var number = int.Parse(register.Attribute("regnum")!.Value, CultureInfo.InvariantCulture);
            var bits = int.Parse(register.Attribute("bitsize")!.Value, CultureInfo.InvariantCulture);
            Assert.Equal(bits / 4, gdb.Ask($"p{number:x}").Length);
        }
    }

    [Fact]
    public void Long_documents_come_in_parts()
    {
        using var gdb = _stage.Connect();
        var whole = gdb.Ask("qXfer:features:read:riscv-cpu.xml:0,ffffffff");
        var parts = new StringBuilder();
        string part;
        do
        {
            part = gdb.Ask($"qXfer:features:read:riscv-cpu.xml:{parts.Length:x},100");
            parts.Append(part[1..]);
        }
        while (part[0] == 'm');
        Assert.Equal(whole[1..], parts.ToString());
        Assert.Equal("E16", gdb.Ask("qXfer:features:read:nothing.xml:0,100"));
        Assert.Equal("E16", gdb.Ask("qXfer:features:read:target.xml:fffff,100"));
    }

    [Fact]
    public void Questions_about_the_protocol_are_answered()
    {
        using var gdb = _stage.Connect();
        Assert.Contains("PacketSize=4000", gdb.Ask("qSupported:multiprocess+"), StringComparison.Ordinal);
        Assert.Equal("", gdb.Ask("vMustReplyEmpty"));
        Assert.Equal("1", gdb.Ask("qAttached"));
        Assert.Equal("Text=0;Data=0;Bss=0", gdb.Ask("qOffsets"));
        gdb.AskOk("qSymbol::");
        Assert.Equal("vCont;c;C;s;S", gdb.Ask("vCont?"));
        Assert.Equal("", gdb.Ask("qRcmd,68656c70"));
        _stage.Server.MonitorCommand = command => $"you said {command}";
        gdb.Send("qRcmd,68656c70");
        Assert.Equal("O" + Convert.ToHexString("you said help"u8).ToLowerInvariant(), gdb.Receive());
        Assert.Equal("OK", gdb.Receive());
        gdb.AskOk("QStartNoAckMode");
        gdb.Send("qC");
        Assert.Equal('$', (char)gdb.ReceiveByte());
    }

    private static XDocument Document(GdbClient gdb, string annex)
    {
        var text = new StringBuilder();
        string part;
        do
        {
            part = gdb.Ask($"qXfer:features:read:{annex}:{text.Length:x},ffff");
            text.Append(part[1..]);
        }
        while (part[0] == 'm');
        // gdb knows the prefix of its includes without a declaration.
        return XDocument.Parse(text.ToString().Replace("<target ", "<target xmlns:xi=\"http://www.w3.org/2001/XInclude\" ", StringComparison.Ordinal));
    }
}
