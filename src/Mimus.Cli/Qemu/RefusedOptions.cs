using Mimus.Boards;

namespace Mimus.Cli.Qemu;

/// <summary>Options that other programs use and this machine cannot serve yet: refused by a sentence, never passed over in silence.</summary>
internal static class RefusedOptions
{
    public static OptionRow[] Rows { get; } =
    [
        Refused("netdev", "BACKEND,id=ID", "a network back end", "the machine has no network device"),
        Refused("object", "TYPE,id=ID", "an object such as filter-dump", "there are no objects to make"),
        Refused("qmp-pretty", "DEV", "a QMP server with indented answers", "answers are a line each; use -qmp"),
        Refused("fsdev", "local,id=ID,path=PATH", "a shared folder", "the machine has no 9p device"),
        Refused("virtfs", "local,path=PATH", "a shared folder", "the machine has no 9p device"),
        Refused("vnc", "ADDRESS", "a VNC server", "screens are shown as text only; use -display curses, or screendump in the monitor"),
        Refused("daemonize", "", "run in the background", "the program stays in the foreground; start it with a trailing '&'"),
        Refused("pflash", "FILE", "flash memory", "flash images cannot be given; use -bios FILE"),
        Refused("mtdblock", "FILE", "flash memory", "flash images cannot be given; use -bios FILE"),
        Refused("usb", "", "USB", "the machine has no USB"),
        Refused("usbdevice", "NAME", "a USB device", "the machine has no USB"),
        Refused("audiodev", "DRIVER,id=ID", "audio", "the machine has no audio"),
        Refused("numa", "ARGS", "NUMA nodes", "the board is one node"),
        Refused("incoming", "URI", "migration", "migration streams are not understood; use -loadvm FILE"),
        Refused("trace", "EVENTS", "trace events", "there are no trace events; use -d"),
        Refused("plugin", "FILE", "plugins", "plugins are not possible"),
        Refused("semihosting", "", "semihosting", "semihosting is not there"),
        Refused("semihosting-config", "ARGS", "semihosting", "semihosting is not there"),
        Refused("runas", "USER", "another user", "start the program as that user"),
        Refused("sandbox", "on", "a sandbox", "there is no sandbox of its own"),
        Refused("readconfig", "FILE", "a configuration file", "configuration files are not read"),
        Refused("watchdog-action", "ACTION", "a watchdog", "the machine has no watchdog"),
        Refused("tpmdev", "ARGS", "a TPM", "the machine has no TPM"),
        Refused("fw_cfg", "ARGS", "firmware configuration", "the board has no fw_cfg device"),
        Refused("preconfig", "", "start over QMP", "machines are described by options only; use -S to start one over QMP"),
    ];

    private static OptionRow Refused(string name, string argument, string help, string reason) =>
        new(name, argument, help, (_, a) => throw new ConfigurationException(
            $"option '-{name}{(a.Length > 0 ? " " : "")}{a}' is not possible yet: {reason}, so leave it out"));
}
