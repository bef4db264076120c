using Mimus.Boards;
using Mimus.Cli.Running;
using Mimus.Cli.Tests.Support;

namespace Mimus.Cli.Tests;

/// <summary>Command lines that other projects use: each is understood, or refused by a sentence that names what is missing.</summary>
public sealed class CompatibilityTests
{
    private const string Xv6Line = "-machine virt -bios none -kernel kernel/kernel -m 128M -smp 3 -nographic -global virtio-mmio.force-legacy=false "
        + "-drive file=fs.img,if=none,format=raw,id=x0 -device virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0";

    [Fact]
    public void Xv6()
    {
        var plan = CommandLine.Plan(Xv6Line + " -S -gdb tcp::25000");
        Assert.Equal(("virt", "none", "kernel/kernel", 128ul << 20, 3), (plan.Machine.Board, plan.Machine.Firmware, plan.Machine.KernelPath, plan.Machine.MemoryBytes, plan.Machine.Cpus));
        Assert.Equal(new DiskPlan("x0", "fs.img") { Format = "raw" }, Assert.Single(plan.Disks));
        var device = Assert.Single(plan.Machine.Devices);
        Assert.Equal(("virtio-blk-device", "x0", "virtio-mmio-bus.0"), (device.Type, device.Properties["drive"], device.Properties["bus"]));
        var global = Assert.Single(plan.Machine.Globals);
        Assert.Equal(("virtio-mmio", "force-legacy", "false"), (global.Driver, global.Property, global.Value));
        Assert.Equal("tcp::25000", plan.DebuggerAddress);
        Assert.True(plan.StartsPaused);
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public void RCore()
    {
        var plan = CommandLine.Plan("-machine virt -nographic -bios BOOT -device loader,file=KERNEL,addr=0x80200000 "
            + "-drive file=FS,if=none,format=raw,id=x0 -device virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0");
        var loader = Assert.Single(plan.Machine.Loaders);
        Assert.Equal(("KERNEL", 0x8020_0000ul), (loader.Path, loader.Address));
        Assert.Single(plan.Machine.Devices);
    }

    [Fact]
    public void Kvm_unit_tests_for_riscv()
    {
        var plan = CommandLine.Plan("-nodefaults -nographic -serial mon:stdio -machine virt -accel tcg -cpu max -device virtio-serial-device "
            + "-device virtconsole,chardev=ctd -chardev testdev,id=ctd -kernel X");
        Assert.Equal("ctd", Assert.Single(plan.Machine.Devices).Properties["chardev"]);
        Assert.Contains(plan.Consoles, c => c is { Id: "ctd", Kind: ConsoleKind.TestDevice });
    }

    [Fact]
    public void Kernel_unit_tests()
    {
        var plan = CommandLine.Plan("-nodefaults -m 1024 -kernel K -append \"a b\" -no-reboot -nographic -accel kvm -accel hvf -accel tcg -serial stdio");
        Assert.Equal(("a b", 1024ul << 20, true), (plan.Machine.CommandLine, plan.Machine.MemoryBytes, plan.StopsOnReset));
        Assert.Single(plan.SerialLines);
        Assert.Empty(plan.Monitors);
    }

    [Fact]
    public void Virtme_shares_the_terminal()
    {
        var plan = CommandLine.Plan("-machine accel=kvm:tcg -parallel none -net none -echr 1 -chardev stdio,id=console,signal=off,mux=on -serial chardev:console -mon chardev=console");
        Assert.Equal("console", Assert.Single(plan.SerialLines));
        Assert.Equal("console", Assert.Single(plan.Monitors));
    }

    [Fact]
    public void Vagrant_has_its_monitor_on_a_socket()
    {
        var plan = CommandLine.Plan("-display none -chardev socket,id=mon0,path=S,server=on,wait=off -mon chardev=mon0,mode=readline -pidfile F");
        Assert.Equal("mon0", Assert.Single(plan.Monitors));
        Assert.Equal("S", Assert.Single(plan.Consoles).Path);
    }

    [Fact]
    public void Packer_has_its_control_on_a_socket()
    {
        var plan = CommandLine.Plan("-display none -qmp unix:S,server,nowait");
        Assert.Equal(Assert.Single(plan.ControlConsoles), Assert.Single(plan.Consoles, c => c is { Path: "S", IsServer: true, WaitsForClient: false }).Id);
        Assert.Empty(plan.Monitors);
        Assert.Equal("c", Assert.Single(CommandLine.Plan("-chardev socket,id=c,path=S,server=on,wait=off -mon chardev=c,mode=control").ControlConsoles));
    }

    [Fact]
    public void The_screen_shares_the_terminal_with_a_monitor()
    {
        var plan = CommandLine.Plan("-display curses");
        Assert.Equal(plan.ScreenConsole, Assert.Single(plan.Monitors));
        Assert.NotEqual(plan.ScreenConsole, Assert.Single(plan.SerialLines));
        Assert.True(Assert.Single(plan.Consoles, c => c.Kind == ConsoleKind.Standard).IsShared);
        Assert.Empty(CommandLine.Plan("-display curses -nodefaults").Monitors);
    }

    [Fact]
    public void A_screen_needs_a_terminal_of_its_own()
    {
        Assert.Contains("do not go together", Assert.Throws<ConfigurationException>(() => CommandLine.Plan("-nographic -display curses")).Message, StringComparison.Ordinal);
        var refusal = Assert.Throws<ConfigurationException>(() => new MachineRunner(CommandLine.Plan("-S -display curses")).Run());
        Assert.Contains("standard output is none", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xv6's network lab", "-netdev user,id=net0,hostfwd=udp::1-:2000 -object filter-dump,id=net0,netdev=net0,file=p.pcap -device e1000,netdev=net0,bus=pcie.0", "'-netdev user")]
    [InlineData("filters", "-object filter-dump,id=net0,netdev=net0,file=p.pcap", "'-object filter-dump")]
    [InlineData("buildroot riscv64", "-M virt -bios fw_jump.bin -kernel Image -append \"root=/dev/vda ro\" -drive file=r.ext2,format=raw,id=hd0,if=none -device virtio-blk-device,drive=hd0 -netdev user,id=net0 -device virtio-net-device,netdev=net0 -nographic", "network device")]
    [InlineData("buildroot x86-64", "-M pc -kernel bzImage -drive file=r.ext2,if=virtio,format=raw -serial stdio -net nic,model=virtio -net user", "no machine 'pc'")]
    [InlineData("its network", "-net nic,model=virtio", "-net nic,model=virtio is not possible")]
    [InlineData("syzkaller", "-m 512 -smp 2 -display none -serial stdio -no-reboot -enable-kvm -cpu host,migratable=off", "accelerator 'kvm'")]
    [InlineData("syzkaller", "-device e1000,netdev=net0", "no device 'e1000'")]
    [InlineData("virtme-ng", "-M microvm,accel=kvm,pcie=on,rtc=on", "no machine 'microvm'")]
    [InlineData("virtme-ng", "-device i6300esb,id=watchdog0", "no device 'i6300esb'")]
    [InlineData("virtme-ng", "-fsdev local,id=x,path=/,security_model=none,readonly=on,multidevs=remap", "9p")]
    [InlineData("packer", "-machine type=pc,accel=kvm -boot once=d", "no machine 'pc'")]
    [InlineData("packer", "-boot once=d", "leave -boot out")]
    [InlineData("packer", "-vnc 127.0.0.1:1", "as text only")]
    [InlineData("a desktop", "-display gtk", "-display curses")]
    [InlineData("packer", "-drive file=a,if=virtio,format=vmdk", "'format' cannot be 'vmdk'")]
    [InlineData("vagrant", "-daemonize", "'-daemonize'")]
    [InlineData("cloud-init", "-smbios type=1,serial=ds=nocloud-net;s=http://10.10.0.1:8000/", "-smbios")]
    [InlineData("libvirt's probe", "-S -no-user-config -nodefaults -nographic -machine none,accel=kvm:tcg -qmp unix:x,server", "no machine 'none'")]
    public void Refused_with_what_is_missing(string who, string line, string expected) =>
        Assert.True(CommandLine.Refusal(line).Contains(expected, StringComparison.Ordinal), $"{who}: {CommandLine.Refusal(line)}");
}
