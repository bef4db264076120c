using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Isa.X86;
using Mimus.Kvm.Tests.Support;
using Mimus.TestSupport;

namespace Mimus.Kvm.Tests;

/// <summary>Why the kernel leaves guest code, each by a few instructions in real mode.</summary>
public sealed class ExitTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [FactNeeding(Need.Kvm)]
    public void Ports_are_read_and_written_in_all_widths()
    {
        // mov dx, 200h; mov al, 5ah; out dx, al; mov ax, 1234h; out dx, ax; in al, dx; mov bl, al; in ax, dx; hlt
        using var machine = new SmallMachine().Load("ba0002 b05a ee b83412 ef ec 88c3 ed f4").RunToHalt();
        Assert.Equal(["w0:5a", "w0:3412", "r0:40", "r0:4142"], machine.PortDevice.Accesses);
        Assert.Equal((0x40ul, 0x4241ul), (machine.State.General[Slot.Rbx] & 0xff, machine.State.General[Slot.Rax] & 0xffff));
    }

    [FactNeeding(Need.Kvm)]
    public void A_string_instruction_moves_all_of_its_items()
    {
        // mov si, 2000h; mov cx, 3; cld; mov dx, 200h; rep outsb; mov di, 2100h; mov cx, 2; rep insw; hlt
        using var machine = new SmallMachine().Load("be0020 b90300 fc ba0002 f36e bf0021 b90200 f36d f4").Load("010203", 0x2000).RunToHalt();
        Assert.Equal(["w0:01", "w0:02", "w0:03", "r0:4041", "r0:4243"], machine.PortDevice.Accesses);
        Assert.Equal(0x43424140u, machine.Read<uint>(0x2100));
    }

    [FactNeeding(Need.Kvm)]
    public void Ports_where_nothing_is_read_as_ones()
    {
        using var machine = new SmallMachine().Load("ba0003 ee ed f4").RunToHalt(); // mov dx, 300h; out dx, al; in ax, dx; hlt
        Assert.Equal(0xfffful, machine.State.General[Slot.Rax] & 0xffff);
    }

    [FactNeeding(Need.Kvm)]
    public void Devices_are_read_and_written_in_all_widths()
    {
        // mov ax, d000h; mov ds, ax; mov byte [4], 7; mov ax, [8]; mov eax, [10h]; hlt
        using var machine = new SmallMachine().Load("b800d0 8ed8 c606040007 a10800 66a11000 f4").RunToHalt();
        Assert.Equal(["w4:07", "r8:4041", "r10:42434445"], machine.Device.Accesses);
        Assert.Equal(0x45444342ul, machine.State.General[Slot.Rax]);
    }

    [FactNeeding(Need.Kvm)]
    public void Addresses_where_nothing_is_read_as_ones()
    {
        using var machine = new SmallMachine().Load("b800e0 8ed8 a30000 a10000 f4").RunToHalt(); // mov ax, e000h; mov ds, ax; mov [0], ax; mov ax, [0]; hlt
        Assert.Equal(0xfffful, machine.State.General[Slot.Rax] & 0xffff);
    }

    [FactNeeding(Need.Kvm)]
    public void Rom_is_read_and_not_written()
    {
        // mov ax, f000h; mov ds, ax; mov byte [0], 99h; mov al, [0]; hlt
        using var machine = new SmallMachine().Load("b800f0 8ed8 c606000099 a00000 f4").Load("42", SmallMachine.Rom).RunToHalt();
        Assert.Equal((0x42ul, (byte)0x42), (machine.State.General[Slot.Rax] & 0xff, machine.Read<byte>(SmallMachine.Rom)));
    }

    [FactNeeding(Need.Kvm)]
    public void Memory_follows_the_map_while_the_guest_runs()
    {
        // mov dx, 200h; mov ax, e000h; mov ds, ax; mov al, [0]; out dx, al; mov al, [0]; out dx, al; mov al, [0]; hlt
        using var machine = new SmallMachine().Load("ba0002 b800e0 8ed8 a00000 ee a00000 ee a00000 f4");
        var extra = machine.Memory.Add("extra", new AddressRange(1ul << 40, 0x1000));
        extra.Bytes(0, 1)[0] = 0x77;
        IoRegion? region = null;
        machine.PortDevice.OnAccess = count =>
        {
            if (count == 1) region = machine.Bus.Map(new AddressRange(0xe0000, 0x1000), extra, 0, isReadOnly: false);
            else machine.Bus.Unmap(region!);
        };
        machine.RunToHalt();
        Assert.Equal(["w0:ff", "w0:77"], machine.PortDevice.Accesses);
        Assert.Equal(0xfful, machine.State.General[Slot.Rax] & 0xff);
    }

    [FactNeeding(Need.Kvm)]
    public void Memory_that_is_no_whole_page_is_there_too()
    {
        // mov ax, e000h; mov ds, ax; mov word [16], 1234h; mov ax, [16]; hlt
        using var machine = new SmallMachine().Load("b800e0 8ed8 c70610003412 a11000 f4");
        var extra = machine.Memory.Add("extra", new AddressRange(1ul << 40, 0x1000));
        machine.Bus.Map(new AddressRange(0xe0000, 0x200), extra, 0x100, isReadOnly: false);
        machine.RunToHalt();
        Assert.Equal((0x1234ul, (byte)0x34), (machine.State.General[Slot.Rax] & 0xffff, extra.Bytes(0x110, 1)[0]));
    }

    [FactNeeding(Need.Kvm)]
    public void A_triple_fault_ends_with_a_report()
    {
        using var machine = new SmallMachine().EnterLongMode().Load("a0 0000004000000000"); // mov al, [4000000000h], where nothing is mapped
        machine.State.IdtLimit = 0;
        Assert.Equal(VcpuExit.Failed, machine.Vcpu.Run());
        Assert.Contains("triple fault", machine.Vcpu.Failure, StringComparison.Ordinal);
        Assert.Contains("rip", machine.Vcpu.Failure, StringComparison.Ordinal);
        Assert.Contains("code", machine.Vcpu.Failure, StringComparison.Ordinal);
    }

    [FactNeeding(Need.Kvm)]
    public void A_board_decides_what_a_triple_fault_does()
    {
        using var machine = new SmallMachine().EnterLongMode().Load("a0 0000004000000000"); // mov al, [4000000000h], where nothing is mapped
        machine.State.IdtLimit = 0;
        var asked = 0;
        machine.Cpu.OnShutdown = () => asked++;
        machine.RunToHalt();
        Assert.Equal(1, asked);
    }

    [FactNeeding(Need.Kvm)]
    public void Code_where_no_memory_is_ends_with_a_report()
    {
        using var machine = new SmallMachine().Load("ea000000e0"); // jmp e000h:0
        Assert.Equal(VcpuExit.Failed, machine.Vcpu.Run());
        Assert.Contains("KVM gave up", machine.Vcpu.Failure, StringComparison.Ordinal);
    }

    [FactNeeding(Need.Kvm)]
    public void A_guest_in_a_loop_is_stopped_and_goes_on_where_it_was()
    {
        using var machine = new SmallMachine().Load("40 ebfd"); // inc ax; jmp back
        for (var i = 0; i < 20; i++)
        {
            var run = Task.Run(machine.Vcpu.Run);
            Assert.False(run.Wait(TimeSpan.FromMilliseconds(5)));
            machine.Cpu.Signal.Raise(Attention.Stop);
            Assert.True(run.Wait(s_patience), "the processor did not stop");
            Assert.Equal(VcpuExit.Kicked, run.Result);
            Assert.InRange(machine.State.Rip, SmallMachine.Code, SmallMachine.Code + 1);
        }
    }

    [FactNeeding(Need.Kvm)]
    public void A_stop_behind_an_access_lets_it_take_effect_and_nothing_more()
    {
        using var machine = new SmallMachine().Load("ba0002 ed 89c3 f4"); // mov dx, 200h; in ax, dx; mov bx, ax; hlt
        machine.PortDevice.OnAccess = _ => machine.Cpu.Signal.Raise(Attention.Stop);
        Assert.Equal(VcpuExit.Kicked, machine.Vcpu.Run());
        Assert.Equal((0x4140ul, 0ul, SmallMachine.Code + 4), (machine.State.General[Slot.Rax], machine.State.General[Slot.Rbx], machine.State.Rip));
        machine.RunToHalt();
        Assert.Equal(0x4140ul, machine.State.General[Slot.Rbx]);
        Assert.Single(machine.PortDevice.Accesses);
    }

    [FactNeeding(Need.Kvm)]
    public void Exits_are_counted_by_reason_and_place()
    {
        using var machine = new SmallMachine().Load("ba0002 ee ee b800d0 8ed8 a10800 f4").RunToHalt();
        var exits = ((IExitStatistics)machine.Vcpu).Exits;
        Assert.Equal(("ports 0x200", 2ul), exits.Where(e => e.Reason == "port write").Select(e => (e.Subject, e.Count)).Single());
        Assert.Equal(("device 0xd0000", 1ul), exits.Where(e => e.Reason == "device read").Select(e => (e.Subject, e.Count)).Single());
        Assert.Equal(1ul, exits.Single(e => e.Reason == "halt").Count);
        Assert.All(exits, e => Assert.Equal(e.Count, e.Histogram.Aggregate(0ul, (a, b) => a + b)));
    }

    [FactNeeding(Need.Kvm)]
    public void Written_pages_are_logged()
    {
        using var machine = new SmallMachine().Load("c606005001 c606008001 f4").Load("c606006001 f4", 0x7000); // mov byte [5000h], 1; mov byte [8000h], 1; hlt
        machine.Memory.Dirty.Start();
        machine.RunToHalt();
        Assert.Equal([5, 8], Collect());
        Assert.Empty(Collect());
        machine.StartAgain(0x7000);
        machine.RunToHalt();
        Assert.Equal([6], Collect());
        machine.Memory.Dirty.Stop();

        int[] Collect() => [.. machine.Memory.Dirty.Collect().SelectMany(s => s.Pages)];
    }

    [FactNeeding(Need.Kvm)]
    public void Model_specific_registers_that_the_kernel_lacks_are_the_machines_own()
    {
        // mov ecx, 832h; mov eax, 12345h; xor edx, edx; wrmsr; xor eax, eax; rdmsr; hlt
        using var machine = new SmallMachine().Load("66b932080000 66b845230100 6631d2 0f30 6631c0 0f32 f4");
        var controller = new FakeController(machine.Cpu, 0x20);
        machine.Cpu.InterruptController = controller;
        machine.RunToHalt();
        Assert.Equal((0x12345ul, 0x12345ul), (controller.Register, machine.State.General[Slot.Rax]));
        Assert.Equal(["MSR read 0x832", "MSR write 0x832"], ((IExitStatistics)machine.Vcpu).Exits.Where(e => e.Reason.StartsWith("MSR", StringComparison.Ordinal)).Select(e => $"{e.Reason} {e.Subject}").Order(StringComparer.Ordinal));
    }

    [FactNeeding(Need.Kvm)]
    public void Model_specific_registers_that_nobody_has_are_faults()
    {
        // mov ecx, 12345678h; rdmsr; hlt; the handler of #GP: mov bl, 1; hlt
        using var machine = new SmallMachine().Load("66b978563412 0f32 f4").Load("b301 f4", SmallMachine.Handler);
        machine.Write<uint>(13 * 4, (uint)SmallMachine.Handler);
        machine.RunToHalt();
        Assert.Equal(1ul, machine.State.General[Slot.Rbx] & 0xff);
    }

    [FactNeeding(Need.HardwareKvm)]
    public void The_guest_sees_the_model_without_what_the_host_lacks()
    {
        // mov eax, 7; xor ecx, ecx; cpuid; mov [2000h], ebx; mov eax, 1; cpuid; hlt
        using var machine = new SmallMachine().Load("66b807000000 6631c9 0fa2 66891e0020 66b801000000 0fa2 f4").RunToHalt();
        var features = machine.Cpu.Model.Features;
        Assert.Equal(features.Word(2), machine.Read<uint>(0x2000));
        Assert.Equal((features.Word(0), features.Word(1)), ((uint)machine.State.General[Slot.Rdx], (uint)machine.State.General[Slot.Rcx]));
        Assert.Empty(Names(features.Except(CpuModels.Max.Features)));
        Assert.False(features.Has(X86Feature.TscDeadline), "the kernel keeps its register to itself");

        static string Names(FeatureSet set) => FeatureNames.Describe(set);
    }
}
