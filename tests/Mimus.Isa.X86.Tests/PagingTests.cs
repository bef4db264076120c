using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Isa.X86.Tests.Machines;
using Mimus.Translation.Engine;

namespace Mimus.Isa.X86.Tests;

/// <summary>Pages and accesses in 64-bit mode: who may reach which pages, identifiers of address spaces, five levels, alignment, watched data.</summary>
public sealed class PagingTests : IDisposable
{
    private const ulong Page = 0x5000_0000, Frame = 0x40000, OtherFrame = 0x41000, Tables = 0x100000;
    private const ulong Smep = 1 << 20, Smap = 1 << 21, ContextIdentifiers = 1 << 17, FiveLevels = 1 << 12;
    private const ulong User = 4, AlignmentMask = 1 << 18;
    private const ushort UserCode = 0x1b, UserStack = 0x23;

    private readonly TestMachine _machine = new();
    private ulong _freeTable = Tables;

    public PagingTests()
    {
        LongMode.Enter(_machine);
        LongMode.Map(_machine, Page, Frame, ref _freeTable);
        _machine.State.Rip = LongMode.Code;
    }

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(0ul, -1)]
    [InlineData(Smep, Fault.PageFault)]
    public void The_system_may_not_run_pages_of_programs_when_that_is_prevented(ulong bits, int expected)
    {
        ShareWithUser();
        _machine.State.Cr4 |= bits;
        _machine.Load(Frame, [0xf4]);
        Run("bb00000050" + "ffe3"); // mov ebx,page; jmp rbx
        Assert.Equal(expected, ExceptionNow());
        if (expected >= 0) Assert.Equal(0x11u, Pushed(0)); // present, a fetch
    }

    [Theory]
    [InlineData(0ul, "", -1)]
    [InlineData(Smap, "", Fault.PageFault)]
    [InlineData(Smap, "0f01cb", -1)] // stac
    [InlineData(Smap, "0f01cb0f01ca", Fault.PageFault)] // stac; clac
    public void The_system_may_not_reach_data_of_programs_when_that_is_prevented(ulong bits, string before, int expected)
    {
        ShareWithUser();
        _machine.State.Cr4 |= bits;
        Run("bb00000050" + before + "8b03f4"); // mov ebx,page; mov eax,[rbx]
        Assert.Equal(expected, ExceptionNow());
    }

    [Fact]
    public void An_address_space_keeps_its_translations_by_its_identifier_until_they_are_invalidated()
    {
        const ulong OtherRoot = 0x80000, Keep = 1ul << 63;
        _machine.State.Cr4 |= ContextIdentifiers;
        for (var i = 0ul; i < 4096; i += 8) _machine.Write(OtherRoot + i, _machine.Read<ulong>(LongMode.Root + i));
        _machine.Write(Frame, 1u);
        _machine.Write(OtherFrame, 2u);
        _machine.State.General[8] = LongMode.Root | 1 | Keep;
        _machine.State.General[9] = OtherRoot | 2;
        _machine.State.General[10] = Page;
        // Load in 1; change the table; go to 2 and back to 1, keeping; load; invlpg; load.
        var entry = LastEntry();
        _machine.State.General[11] = entry;
        _machine.State.General[12] = OtherFrame | 3;
        Run("4c89c0" + "480fbaf03f" + "0f22d8" // mov rax,r8; btr rax,63; mov cr3,rax
            + "418b1a" // mov ebx,[r10]
            + "4d8923" // mov [r11],r12
            + "410f22d9" + "410f22d8" // mov cr3,r9; mov cr3,r8
            + "418b0a" // mov ecx,[r10]
            + "410f013a" + "418b12" + "f4"); // invlpg [r10]; mov edx,[r10]
        Assert.Equal(-1, ExceptionNow());
        Assert.Equal(1u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(2u, _machine.State.General[Slot.Rdx]);
        // What was kept is allowed to be either; that the identifier is part of CR3 is not.
        Assert.Equal(LongMode.Root | 1, _machine.State.Cr3);
    }

    /// <summary>A new root hides what the old one had, but for global pages, which may stay until INVLPG.</summary>
    [Fact]
    public void Other_pages_than_global_ones_go_with_their_address_space()
    {
        const ulong GlobalPages = 1 << 7, Global = 1 << 8;
        _machine.State.Cr4 |= GlobalPages;
        LongMode.Map(_machine, Page + 0x1000, Frame, ref _freeTable);
        var (local, shared) = (LastEntry(), LastEntry() + 8);
        _machine.Write(shared, Frame | 3 | Global);
        _machine.Write(Frame, 1u);
        _machine.Write(OtherFrame, 2u);
        _machine.State.General[8] = LongMode.Root;
        _machine.State.General[9] = local;
        _machine.State.General[10] = Page;
        _machine.State.General[11] = OtherFrame | 3;
        _machine.State.General[12] = OtherFrame | 3 | Global;
        Run("418b02" + "418b8200100000" // mov eax,[r10]; mov eax,[r10+1000h]
            + "4d8919" + "4d896108" + "410f22d8" // mov [r9],r11; mov [r9+8],r12; mov cr3,r8
            + "418b1a" // mov ebx,[r10]
            + "410f01ba00100000" + "418b8a00100000" + "f4"); // invlpg [r10+1000h]; mov ecx,[r10+1000h]
        Assert.Equal(-1, ExceptionNow());
        Assert.Equal(2u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(2u, _machine.State.General[Slot.Rcx]);
    }

    [Theory]
    [InlineData(0ul, Fault.GeneralProtection)]
    [InlineData(FiveLevels, -1)]
    public void A_fifth_level_makes_longer_addresses_canonical(ulong bits, int expected)
    {
        const ulong Root5 = 0x90000, Far = 0x0012_3400_0000_0000;
        if (bits != 0)
        {
            _machine.Write(Root5, LongMode.Root | 3);
            _machine.Write(Root5 + ((Far >> 48) * 8), LongMode.Root | 3);
            _machine.State.Cr3 = Root5;
            _machine.State.Cr4 |= bits;
            // Under the entry of the far address the same page is found.
            var at = LongMode.Root + (((Far >> 39) & 511) * 8);
            _machine.Write(at, _machine.Read<ulong>(LongMode.Root));
        }
        _machine.Write(Frame + 8, 0x55u);
        _machine.State.General[Slot.Rbx] = Far + Page + 8;
        Run("8b03f4");
        Assert.Equal(expected, ExceptionNow());
        if (expected < 0) Assert.Equal(0x55u, _machine.State.General[Slot.Rax]);
    }

    [Theory]
    [InlineData(AlignmentMask, EFlags.AlignmentCheck, "8b4301", Fault.AlignmentCheck)] // mov eax,[rbx+1]
    [InlineData(AlignmentMask, EFlags.AlignmentCheck, "894302", Fault.AlignmentCheck)] // mov [rbx+2],eax
    [InlineData(AlignmentMask, EFlags.AlignmentCheck, "8b4304", Fault.GeneralProtection)] // aligned: only the hlt behind it faults
    [InlineData(AlignmentMask, 0ul, "8b4301", Fault.GeneralProtection)]
    [InlineData(0ul, EFlags.AlignmentCheck, "8b4301", Fault.GeneralProtection)]
    public void A_program_can_have_misaligned_accesses_refused(ulong control, ulong flags, string access, int expected)
    {
        EnterProgram(control, flags, "bb00000050" + "8b03" + access + "f4");
        Assert.Equal(expected, ExceptionNow());
    }

    [Theory]
    [InlineData(0xd0001ul, "8b03", -1)] // stores of four bytes are watched
    [InlineData(0xd0001ul, "8903", 2)]
    [InlineData(0xd0001ul, "c6430300", 4)]
    [InlineData(0xd0001ul, "c6430400", -1)]
    [InlineData(0x30001ul, "8a03", 2)] // all accesses to a byte
    [InlineData(0x30001ul, "894301", -1)]
    public void Watched_data_is_reported_behind_the_instruction(ulong control, string access, int length)
    {
        _machine.Load(LongMode.Handlers + (Fault.Debug * 16), [0xf4]);
        Run("bb00000050" + "0f23c3" // mov ebx,page; mov dr0,rbx
            + "b8" + Convert.ToHexString(BitConverter.GetBytes((uint)control)) + "0f23f8" // mov eax,control; mov dr7,rax
            + access + "90" + "f4");
        Assert.Equal(length < 0 ? -1 : Fault.Debug, ExceptionNow());
        if (length < 0) return;
        Assert.Equal(1u, _machine.State.Dr6 & 15);
        Assert.Equal(LongMode.Code + 16 + (ulong)length, _machine.Read<ulong>(_machine.State.General[Slot.Rsp]));
    }

    /// <summary>
    /// Hostile class: guest page tables. Entries point past memory, at registers, at tables above them and at themselves, with reserved bits; the
    /// registers are tables too. A program over them ends in exceptions or goes on, in bounded time.
    /// </summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    public void Tables_of_any_kind_do_no_harm(bool isTranslated, int seed)
    {
        const ulong Registers = 0x1000_0000, PastMemory = 0x7fff_f000, Hops = 0x3000_0000;
        const int Rounds = 300, Steps = 200;
        var random = new Random(seed);
        ulong[] places = [Tables, Tables + 0x1000, Tables + 0x2000, Frame, LongMode.Root, LongMode.FirstTable, Registers, PastMemory, 0x000f_ffff_ffff_f000, 0];
        ulong[] flags = [1, 3, 7, 0x83, 0x87, 0xe7, 1ul << 63 | 3, 1ul << 51 | 3, 0x1003, 0];
        for (var round = 0; round < Rounds; round++)
        {
            using var machine = new TestMachine(accelerator: isTranslated ? new TranslatorAccelerator(new TranslatorOptions { BlockThreshold = 0, RegionThreshold = int.MaxValue, CodeBytes = 1 << 20 }) : null);
            var registers = new PatternDevice(random.Next(2) == 0 ? ulong.MaxValue : Tables | 7);
            machine.Bus.Map(new AddressRange(Registers, 0x10000), registers);
            LongMode.Enter(machine);
            for (var level = 0ul; level < 3; level++)
            {
                for (var i = 0ul; i < 512; i++) machine.Write(Tables + (level * 0x1000) + (i * 8), places[random.Next(places.Length)] | flags[random.Next(flags.Length)]);
            }
            machine.Write(LongMode.Root + 8, Tables | 7);
            machine.Write(LongMode.FirstTable + 8, Tables + 0x1000 | 7);
            // mov rax,[rbx]; mov [rbx+8],rcx; add rbx,rdx; jmp back; and at times another root
            machine.Load(LongMode.Code, Convert.FromHexString("488b0348894b084801d3ebf4"));
            if (random.Next(4) == 0) machine.Load(LongMode.Code, Convert.FromHexString("410f22d8" + "488b03" + "f4")); // mov cr3,r8
            machine.State.Rip = LongMode.Code;
            machine.State.General[8] = places[random.Next(places.Length)];
            machine.State.General[Slot.Rbx] = Hops + ((ulong)random.Next() << 12);
            machine.State.General[Slot.Rdx] = (ulong)random.Next() << 3;
            for (var step = 0; step < Steps && !machine.Cpu.IsStopped; step++)
            {
                if (machine.Vcpu.Step() == VcpuExit.Failed) break; // a triple fault
            }
            Assert.True(registers.Accesses < Steps * 100, $"{registers.Accesses} accesses of tables in registers");
        }
    }

    private void ShareWithUser()
    {
        var table = LongMode.Root;
        for (var shift = 39; shift >= 12; shift -= 9)
        {
            var at = table + (((Page >> shift) & 511) * 8);
            var entry = _machine.Read<ulong>(at) | User;
            _machine.Write(at, entry);
            table = entry & ~0xffful;
        }
        // The rest stays the system's, but for the level they share.
    }

    private ulong LastEntry()
    {
        var table = LongMode.Root;
        for (var shift = 39; shift > 12; shift -= 9) table = _machine.Read<ulong>(table + (((Page >> shift) & 511) * 8)) & ~0xffful;
        return table + (((Page >> 12) & 511) * 8);
    }

    /// <summary>Runs code at privilege level 3, which can reach everything.</summary>
    private void EnterProgram(ulong control, ulong flags, string code)
    {
        const ulong Task = 0x5000;
        ShareWithUser();
        _machine.Write(LongMode.FirstTable, 0x87ul);
        _machine.Write(LongMode.Gdt + (UserCode & 0xf8), 0x00affb000000fffful);
        _machine.Write(LongMode.Gdt + (UserStack & 0xf8), 0x00cff3000000fffful);
        _machine.State.GdtLimit = 0x2f;
        _machine.Write(Task + 4, LongMode.Stack - 0x800);
        _machine.State.Segment(SegmentNumber.Task) = new SegmentState { Base = Task, Limit = 0x67, Attributes = 0x8b, Selector = 0x28 };
        _machine.State.Cr0 |= control;
        var frame = LongMode.Stack - 40;
        foreach (var (i, value) in new[] { LongMode.Code + 0x100, UserCode, flags | 2, LongMode.Stack - 0x400, UserStack }.Index()) _machine.Write(frame + ((ulong)i * 8), value);
        _machine.State.General[Slot.Rsp] = frame;
        _machine.Load(LongMode.Code + 0x100, Convert.FromHexString(code));
        Run("48cf");
    }

    private void Run(string code)
    {
        _machine.Load(LongMode.Code, Convert.FromHexString(code));
        _machine.Vcpu.Forget();
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
    }

    private int ExceptionNow() => LongMode.ExceptionAt(_machine.State.Rip - 1);

    /// <summary>What the exception pushed, so many places above the top.</summary>
    private ulong Pushed(int place) => _machine.Read<ulong>(_machine.State.General[Slot.Rsp] + ((ulong)place * 8));
}
