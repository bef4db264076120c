using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;

namespace Mimus.Isa.X86.Tests;

/// <summary>Protected mode from real mode on: limits and rights, gates between privileges, paging, virtual-8086 mode, task switches, long mode.</summary>
public sealed class ProtectedModeTests : IDisposable
{
    private const ulong Gdt = 0x1000, Idt = 0x2000, Code = 0x8000, Handler = 0x5000, Tss = 0x3000;
    private const ushort Code0 = 8, Data0 = 16, Code3 = 24 | 3, Data3 = 32 | 3, Small = 40, ReadOnly = 48, Task = 56, OtherTask = 64;

    private readonly TestMachine _machine = new();

    public ProtectedModeTests()
    {
        _machine.Write(Gdt + Code0, 0x00cf9b000000fffful);
        _machine.Write(Gdt + Data0, 0x00cf93000000fffful);
        _machine.Write(Gdt + (Code3 & 0xfff8ul), 0x00cffb000000fffful);
        _machine.Write(Gdt + (Data3 & 0xfff8ul), 0x00cff3000000fffful);
        _machine.Write(Gdt + Small, 0x004093004000000ful); // at 4000h, 16 bytes
        _machine.Write(Gdt + ReadOnly, 0x00cf91000000fffful);
        _machine.Write(Gdt + Task, 0x0000890030000067ul);
        _machine.Write(Gdt + OtherTask, 0x0000890038000067ul);
        for (var vector = 0ul; vector < 48; vector++)
        {
            var handler = Handler + (vector * 8);
            _machine.Write(Idt + (vector * 8), handler | ((ulong)Code0 << 16) | (vector >= 32 ? 0xeeul << 40 : 0x8eul << 40));
            _machine.Write(handler, (byte)0xf4);
        }
        _machine.Write(Tss + 4, 0x7000u);
        _machine.Write(Tss + 8, (uint)Data0);
        _machine.Write(Tss + 102, (ushort)0x68);
        ref var state = ref _machine.State;
        (state.GdtBase, state.GdtLimit, state.IdtBase, state.IdtLimit) = (Gdt, 0x7f, Idt, 0x17f);
        _machine.Cpu.WriteCr0(0x11);
        _machine.Cpu.TryFarTransfer(Code0, Code, 0, out _);
        foreach (var segment in new[] { SegmentNumber.Ds, SegmentNumber.Es, SegmentNumber.Ss }) _machine.Cpu.TryLoadSegment(segment, Data0);
        _machine.Cpu.TryLoadTask(Task);
        state.General[Slot.Rsp] = 0x9000;
        state.Rip = Code;
        _machine.Cpu.BeginStep();
    }

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_small_segment_has_its_base_and_limit()
    {
        _machine.Write(0x400c, 0x12345678u);
        Run("66b82800 8ee0 64a10c000000 f4"); // mov fs,28h; mov eax,[fs:0ch]
        Assert.Equal(0x12345678u, _machine.State.General[Slot.Rax]);
        AssertException(Fault.GeneralProtection, "66b82800 8ee0 64a10d000000 f4");
    }

    [Fact]
    public void A_segment_that_is_read_only_cannot_be_written()
    {
        AssertException(Fault.GeneralProtection, "66b83000 8ed8 c6050040000001 f4");
    }

    [Fact]
    public void A_null_segment_cannot_be_used()
    {
        AssertException(Fault.GeneralProtection, "31c0 8ed8 a100400000 f4");
    }

    [Fact]
    public void A_selector_beyond_the_table_is_its_own_error_code()
    {
        AssertException(Fault.GeneralProtection, "66b80001 8ed8 f4");
        Assert.Equal(0x100u, _machine.Read<uint>(_machine.State.General[Slot.Rsp]));
    }

    [Fact]
    public void A_program_calls_the_system_through_a_gate_and_comes_back()
    {
        _machine.Load(Handler + (32 * 8), [0x43, 0xcf]); // inc ebx; iret
        EnterProgram("bb01000000 cd20 43 f4"); // mov ebx,1; int 20h; inc ebx; hlt, which is not allowed
        Assert.Equal(VcpuExit.Halted, _machine.RunToHalt());
        Assert.Equal(3u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(Handler + (Fault.GeneralProtection * 8) + 1, _machine.State.Rip);
        Assert.Equal(Data3, _machine.Read<ushort>(0x7000 - 4));
    }

    [Fact]
    public void A_program_may_not_use_ports_or_interrupt_flags()
    {
        EnterProgram("fa f4");
        _machine.RunToHalt();
        Assert.Equal(Handler + (Fault.GeneralProtection * 8) + 1, _machine.State.Rip);
    }

    [Fact]
    public void Pages_are_found_checked_and_marked()
    {
        const ulong Directory = 0x20000, Table = 0x21000;
        for (var i = 0ul; i < 64; i++) _machine.Write(Table + (i * 4), (uint)((i << 12) | 7));
        _machine.Write(Directory, (uint)(Table | 7));
        _machine.Write(Table + (0x30 * 4), (uint)((0x4ul << 12) | 5)); // 30000h is 4000h, read-only
        _machine.Write(0x4008, 0xcafeu);
        _machine.State.Cr3 = Directory;
        _machine.Cpu.WriteCr0(0x80010011);
        Run("a108000300 f4");
        Assert.Equal(0xcafeu, _machine.State.General[Slot.Rax]);
        Assert.Equal(0x20u, _machine.Read<uint>(Table + (0x30 * 4)) & 0x60);
        AssertException(Fault.PageFault, "a308000300 f4");
        Assert.Equal(0x30008u, _machine.State.Cr2);
        Assert.Equal(3u, _machine.Read<uint>(_machine.State.General[Slot.Rsp]));
        AssertException(Fault.PageFault, "a100000800 f4");
        Assert.Equal(0u, _machine.Read<uint>(_machine.State.General[Slot.Rsp]));
    }

    [Fact]
    public void A_virtual_8086_program_runs_and_its_interrupt_comes_to_the_system()
    {
        // iretd to 0000:6000 with VM set
        _machine.Load(0x6000, Convert.FromHexString("b800308ed8a10400cd20")); // mov ax,3000h; mov ds,ax; mov ax,[4]; int 20h
        _machine.Write(0x30004, (ushort)0xbeef);
        foreach (var value in (uint[])[0, 0, 0, 0, 0, 0x6f00, 0x20002, 0, 0x6000]) Push(value);
        Run("cf");
        Assert.Equal(0xbeefu, _machine.State.General[Slot.Rax] & 0xffff);
        Assert.Equal(Handler + (Fault.GeneralProtection * 8) + 1, _machine.State.Rip);
        Assert.Equal(0u, _machine.State.SystemFlags & EFlags.Virtual8086);
    }

    [Fact]
    public void A_jump_to_a_task_saves_one_and_loads_the_other()
    {
        const ulong Other = 0x3800;
        _machine.Write(Other + 32, 0xa000u);
        _machine.Write(Other + 36, 2u);
        _machine.Write(Other + 40, 77u); // eax
        _machine.Write(Other + 56, 0x8800u); // esp
        foreach (var offset in (ulong[])[72, 80, 84]) _machine.Write(Other + offset, (uint)Data0);
        _machine.Write(Other + 76, (uint)Code0);
        _machine.Load(0xa000, [0xf4]);
        Run("b805000000 ea000000004000"); // mov eax,5; jmp 40h:0
        Assert.Equal(77u, _machine.State.General[Slot.Rax]);
        Assert.Equal(0xa001u, _machine.State.Rip);
        Assert.Equal(5u, _machine.Read<uint>(Tss + 40));
        Assert.Equal((uint)Code + 12, _machine.Read<uint>(Tss + 32));
    }

    /// <summary>A program calls through a gate with two parameters, which are on the inner stack, and the return releases them from both.</summary>
    [Fact]
    public void A_call_gate_copies_parameters_to_the_inner_stack()
    {
        const ushort Gate = 72 | 3;
        const ulong GateRights = 0xec;
        _machine.Write(Gdt + (Gate & 0xfff8ul), 0xa000ul | ((ulong)Code0 << 16) | (2ul << 32) | (GateRights << 40));
        _machine.Load(0xa000, Convert.FromHexString("8b44240cca0800")); // mov eax,[esp+12]; retf 8
        EnterProgram("6811000000 6822000000 9a000000004b00 89e3 f4"); // push 11h; push 22h; call gate; mov ebx,esp; hlt, which is not allowed
        Assert.Equal(VcpuExit.Halted, _machine.RunToHalt());
        Assert.Equal(0x11u, _machine.State.General[Slot.Rax]);
        Assert.Equal(0xf000u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(Handler + (Fault.GeneralProtection * 8) + 1, _machine.State.Rip);
    }

    [Fact]
    public void A_jump_to_a_286_task_saves_and_loads_words()
    {
        const ulong Other = 0x3800, Old = 0x3400;
        const ushort OldTask = 72, NewTask = 80;
        _machine.Write(Gdt + OldTask, 0x000081003400002bul);
        _machine.Write(Gdt + NewTask, 0x000081003800002bul);
        _machine.Cpu.TryLoadTask(OldTask);
        _machine.Write(Other + 14, (ushort)0xa000);
        _machine.Write(Other + 16, (ushort)2);
        _machine.Write(Other + 18, (ushort)0x4d); // ax
        _machine.Write(Other + 26, (ushort)0x8800); // sp
        foreach (var offset in (ulong[])[34, 38, 40]) _machine.Write(Other + offset, Data0);
        _machine.Write(Other + 36, Code0);
        _machine.Load(0xa000, [0xf4]);
        Run("b805000000 ea000000005000"); // mov eax,5; jmp 50h:0
        Assert.Equal(0x4du, _machine.State.General[Slot.Rax] & 0xffff);
        Assert.Equal(0xa001u, _machine.State.Rip);
        Assert.Equal(5, _machine.Read<ushort>(Old + 18));
        Assert.Equal(Code + 12, _machine.Read<ushort>(Old + 14));
        Assert.Equal(NewTask, _machine.State.Segment(SegmentNumber.Task).Selector);
    }

    [Fact]
    public void A_fault_without_a_handler_shuts_the_processor_down()
    {
        _machine.State.IdtLimit = 0;
        Load("0f0b");
        Assert.Equal(VcpuExit.Failed, _machine.Vcpu.Run());
        Assert.Equal("triple fault", _machine.Vcpu.Failure);
    }

    [Fact]
    public void Long_mode_is_entered_by_the_book()
    {
        const ulong Level4 = 0x20000, Level3 = 0x21000;
        _machine.Write(Level4, Level3 | 3);
        _machine.Write(Level3, 0x83ul);
        _machine.Write(Gdt + 72, 0x00af9b000000fffful);
        _machine.Load(0xb000, Convert.FromHexString("48b8 8877665544332211 4889c3 f4".Replace(" ", "", StringComparison.Ordinal)));
        Run("""
            b820000000 0f22e0
            b800000200 0f22d8
            b9800000c0 0f32 0d00010000 0f30
            0f20c0 0d00000080 0f22c0
            ea00b000004800
            """);
        Assert.Equal(0x1122334455667788u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(64, _machine.Cpu.Mode.CodeBits);
    }

    private void Push(uint value)
    {
        _machine.State.General[Slot.Rsp] -= 4;
        _machine.Write(_machine.State.General[Slot.Rsp], value);
    }

    /// <summary>Starts a program at privilege level 3.</summary>
    private void EnterProgram(string code)
    {
        Load(code);
        foreach (var value in (uint[])[Data3, 0xf000, 2, Code3, (uint)Code]) Push(value);
        _machine.Load(0xc000, [0xcf]);
        _machine.State.Rip = 0xc000;
    }

    private void Load(string code)
    {
        _machine.Load(Code, Convert.FromHexString(string.Concat(code.Where(char.IsLetterOrDigit))));
        _machine.State.Rip = Code;
        _machine.State.Activity = Activity.Running;
        _machine.Vcpu.Forget();
    }

    private void Run(string code)
    {
        Load(code);
        Assert.Equal(VcpuExit.Halted, _machine.RunToHalt());
    }

    private void AssertException(int vector, string code)
    {
        Run(code);
        Assert.Equal(Handler + ((ulong)vector * 8) + 1, _machine.State.Rip);
    }
}
