using Mimus.Boards;
using Mimus.Boards.Smbios;

namespace Mimus.Cli.Qemu;

/// <summary>Options that say what the machine is.</summary>
internal static class MachineOptions
{
    public static OptionRow[] Rows { get; } =
    [
        new("h", "", "show this text", (r, _) => r.Answer = HelpText.Options(r.Program)),
        new("help", "", "show this text", (r, _) => r.Answer = HelpText.Options(r.Program)),
        new("version", "", "show the version", (r, _) => r.Answer = QemuIdentity.Text),
        new("machine", "[type=]NAME[,PROP=VALUE]", "the board ('-machine help' lists them); accel=NAME[:NAME], dumpdtb=FILE", SetMachine),
        new("M", "[type=]NAME[,PROP=VALUE]", "as -machine", SetMachine),
        new("accel", "NAME[,PROP=VALUE]", "the engine: interp, tcg or kvm; the first of several that is there", AddAccelerator),
        new("enable-kvm", "", "as -accel kvm", (r, _) => r.Accelerators.Add("kvm")),
        new("cpu", "MODEL[,+EXT][,-EXT]", "the processor model ('-cpu help' lists them)", SetCpu),
        new("smp", "[cpus=]N[,maxcpus=N,sockets=N,cores=N,threads=N]", "the number of processors", SetProcessors),
        new("m", "[size=]SIZE", "memory, in MiB or with a unit: 512, 2G", SetMemory),
        new("bios", "none|default|FILE", "firmware; default is the built-in SBI of RISC-V machines, and SeaBIOS for PCs", (r, a) => r.Machine = r.Machine with { Firmware = a }),
        new("L", "FOLDER", "where firmware is looked for", (r, a) => r.Machine = r.Machine with { FirmwareFolders = [.. r.Machine.FirmwareFolders, a] }),
        new("kernel", "FILE", "a kernel: ELF or a flat image; for PCs a bzImage, Multiboot or PVH", (r, a) => r.Machine = r.Machine with { KernelPath = a }),
        new("initrd", "FILE", "an initial RAM disk for the kernel", (r, a) => r.Machine = r.Machine with { InitrdPath = a }),
        new("append", "TEXT", "the kernel's command line", (r, a) => r.Machine = r.Machine with { CommandLine = a }),
        new("dtb", "FILE", "a device tree in place of the board's own", (r, a) => r.Machine = r.Machine with { DeviceTreePath = a }),
        new("device", "TYPE[,PROP=VALUE]", "adds a device ('-device help' lists them); loader,file=FILE,addr=ADDRESS loads a file", AddDevice),
        new("global", "DRIVER.PROP=VALUE", "a default for a property of all devices of a type", AddGlobal),
        new("boot", "[order=]LETTERS[,menu=on][,reboot-timeout=MS]", "from what firmware starts: a diskette, c disk, d CD, n network", SetBoot),
        new("smbios", "type=N,PROP=VALUE", "what SMBIOS says of the machine", AddSmbios),
        new("name", "TEXT", "a name for the machine", SetName),
        new("rtc", "[base=utc][,clock=host]", "the real-time clock; it gives UTC", SetClock),
        new("icount", "[shift=]N|auto[,sleep=on|off]", "count time in instructions of 2^N ns, so that every run does the same",
            (r, a) => r.CountedTime = CountedTimeOption.Parse("-icount", a)),
        new("seed", "NUMBER", "random numbers that are the same for the same number", SetSeed),
        new("uuid", "UUID", "the machine's UUID, as far as its board tells one", (r, a) => r.Machine = r.Machine with { Uuid = a }),
        new("nodefaults", "", "no consoles that were not asked for", (r, _) => r.HasNoDefaults = true),
        new("no-user-config", "", "accepted; there are no configuration files", (_, _) => { }),
        new("no-reboot", "", "end when the guest resets the machine", (r, _) => r.StopsOnReset = true),
        new("no-shutdown", "", "pause when the guest switches the machine off", (r, _) => r.PausesOnPowerOff = true),
        new("pidfile", "FILE", "write the process id there", (r, a) => r.ProcessIdPath = a),
    ];

    private static void SetMachine(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-machine", argument, "type");
        if (properties.AsksForHelp)
        {
            request.Answer = HelpText.Machines(request.Architecture);
            return;
        }
        if (properties.Take("type") is { } type)
        {
            if (PropertyList.IsHelp(type))
            {
                request.Answer = HelpText.Machines(request.Architecture);
                return;
            }
            // An unknown name is told before a property that only another machine has.
            request.Machine = request.Machine with { Board = BoardCatalog.Find(type, request.Architecture.Boards).Name };
        }
        if (properties.Take("accel") is { } accelerators) request.Accelerators.AddRange(accelerators.Split(':'));
        request.DeviceTreeDumpPath = properties.Take("dumpdtb") ?? request.DeviceTreeDumpPath;
        if (properties.TakeSwitch("usb", false)) throw new ConfigurationException("-machine: usb=on is not possible; this board has no USB");
        if (properties.TakeSwitch("pcie", false)) throw new ConfigurationException("-machine: pcie=on is not possible; machine 'q35' has PCI Express, and no other");
        var switches = new Dictionary<string, bool>(request.Machine.Switches);
        foreach (var name in request.Board.Switches)
        {
            if (properties.TakeOneOf(name, "auto", "auto", "on", "off") is var wanted and not "auto") switches[name] = wanted == "on";
        }
        request.Machine = request.Machine with { Switches = switches };
        properties.Ignore("graphics", "dump-guest-core", "mem-merge", "kernel_irqchip", "acpi", "x-option-roms", "ioapic2");
        properties.Finish();
    }

    private static void AddAccelerator(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-accel", argument, "accel");
        if (properties.AsksForHelp) request.Answer = HelpText.Accelerators();
        else request.Accelerators.AddRange(properties.Require("accel").Split(':'));
        if (properties.TakeNumber("tb-size") is { } mebibytes) request.EngineOptions = request.EngineOptions with { CodeBytes = CodeSize(mebibytes) };
        if (properties.TakeOneOf("kernel-irqchip", "off", "on", "off", "split") != "off")
            request.Warnings.Add("-accel: interrupt controllers are the machine's own, not the kernel's; kernel-irqchip=off is the only kind there is");
        properties.Ignore("thread", "one-insn-per-tb", "split-wx");
        if (request.Answer is null) properties.Finish();
    }

    /// <summary>In MiB, as QEMU has it; a jump reaches 2 GiB.</summary>
    private static long CodeSize(ulong mebibytes) => mebibytes is >= 1 and <= 1024
        ? (long)mebibytes << 20
        : throw new ConfigurationException($"-accel: tb-size is the size of translated code in MiB, from 1 to 1024, not {mebibytes}");

    private static void SetCpu(QemuRequest request, string argument)
    {
        if (PropertyList.IsHelp(argument)) request.Answer = HelpText.Cpus(request.Architecture);
        else request.Machine = request.Machine with { CpuModel = argument };
    }

    private static void SetProcessors(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-smp", argument, "cpus");
        int cpus = properties.TakeCount("cpus", -1), maximum = properties.TakeCount("maxcpus", -1);
        var product = 1L;
        foreach (var level in new[] { "drawers", "books", "sockets", "dies", "clusters", "modules", "cores", "threads" }) product *= properties.TakeCount(level, 1);
        properties.Finish();
        var wanted = cpus >= 0 ? cpus : maximum >= 0 ? maximum : product;
        if (maximum >= 0 && wanted > maximum) throw new ConfigurationException($"-smp: {wanted} processors are more than maxcpus={maximum}");
        request.Machine = request.Machine with { Cpus = (int)Math.Min(wanted, int.MaxValue) };
    }

    private static void SetMemory(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-m", argument, "size");
        var text = properties.Require("size");
        properties.Ignore("slots", "maxmem");
        properties.Finish();
        if (!Quantity.TrySize(text, 'M', out var bytes)) throw new ConfigurationException($"-m: '{text}' is not a size; write for instance -m 512M or -m 2G");
        request.Machine = request.Machine with { MemoryBytes = bytes };
    }

    private static void AddDevice(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-device", argument, "driver");
        var asksForHelp = properties.AsksForHelp;
        if (asksForHelp && properties.Take("driver") is not { })
        {
            request.Answer = HelpText.Devices();
            return;
        }
        properties = PropertyList.Parse("-device", argument, "driver");
        var type = properties.Require("driver");
        if (type == "loader") AddLoader(request, properties);
        else if (type == "virtconsole") JoinConsole(request, properties);
        else if (asksForHelp) request.Answer = HelpText.Device(DeviceCatalog.Find(type));
        else request.Devices.Add(new DeviceRequest(DeviceCatalog.Find(type).Name, properties.TakeAll()));
    }

    private static void AddLoader(QemuRequest request, PropertyList properties)
    {
        var file = properties.Require("file");
        var address = properties.TakeNumber("addr");
        properties.Ignore("force-raw", "cpu-num", "id");
        properties.Finish();
        request.Loaders.Add(new LoaderRequest(file, address));
    }

    /// <summary>A port of a virtio console; here the console is its one port.</summary>
    private static void JoinConsole(QemuRequest request, PropertyList properties)
    {
        var index = request.Devices.FindLastIndex(d => d.Type is "virtio-serial-device" or "virtio-serial-pci");
        if (index < 0) throw new ConfigurationException("device 'virtconsole' needs '-device virtio-serial-device' (or -pci) before it");
        var device = request.Devices[index];
        if (device.Properties.ContainsKey("chardev")) throw new ConfigurationException("device 'virtconsole': a virtio console has one port here; add another '-device virtio-serial-device' for it");
        var joined = new Dictionary<string, string>(device.Properties) { ["chardev"] = properties.Require("chardev") };
        properties.Ignore("id", "name", "bus", "nr");
        properties.Finish();
        request.Devices[index] = device with { Properties = joined };
    }

    private static void AddGlobal(QemuRequest request, string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        var dot = argument.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && equals > dot + 1)
        {
            request.Globals.Add(new GlobalProperty(argument[..dot], argument[(dot + 1)..equals], argument[(equals + 1)..]));
            return;
        }
        if (!argument.Contains("driver=", StringComparison.Ordinal))
            throw new ConfigurationException($"-global: '{argument}' is not of the form DRIVER.PROPERTY=VALUE");
        var properties = PropertyList.Parse("-global", argument);
        request.Globals.Add(new GlobalProperty(properties.Require("driver"), properties.Require("property"), properties.Require("value")));
        properties.Finish();
    }

    private static void SetBoot(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-boot", argument, "order");
        var order = properties.Take("order");
        // Once means: until the first reset. There is no difference before it, and no disk changes at it.
        var once = properties.Take("once");
        var machine = request.Machine with
        {
            BootOrder = once ?? order ?? request.Machine.BootOrder,
            HasBootMenu = properties.TakeSwitch("menu", request.Machine.HasBootMenu),
            BootRetryMilliseconds = properties.Take("reboot-timeout") is not { } text ? request.Machine.BootRetryMilliseconds
                : int.TryParse(text, out var wait) && wait is >= -1 and <= 0xffff ? wait
                : throw new ConfigurationException($"-boot: 'reboot-timeout' must be a number from -1 to 65535, not '{text}'"),
        };
        properties.Ignore("splash", "splash-time", "strict");
        properties.Finish();
        request.Machine = machine;
    }

    private static void AddSmbios(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-smbios", argument);
        var type = properties.TakeCount("type", -1);
        if (type < 0) throw new ConfigurationException($"-smbios {argument} is not possible: it needs type=N; files are not taken");
        request.Machine = request.Machine with { Smbios = [.. request.Machine.Smbios, new SmbiosRequest(type, properties.TakeAll())] };
    }

    private static void SetName(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-name", argument, "guest");
        request.MachineName = properties.Take("guest");
        properties.Ignore("process", "debug-threads");
        properties.Finish();
    }

    private static void SetSeed(QemuRequest request, string argument) => request.Machine = request.Machine with
    {
        Entropy = Quantity.TryNumber(argument, out var seed) ? new SeededEntropy(seed) : throw new ConfigurationException($"-seed: '{argument}' is not a number"),
    };

    private static void SetClock(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-rtc", argument);
        properties.TakeOneOf("base", "utc", "utc");
        properties.TakeOneOf("clock", "host", "host", "rt", "vm");
        properties.TakeOneOf("driftfix", "none", "none", "slew");
        properties.Finish();
    }
}
