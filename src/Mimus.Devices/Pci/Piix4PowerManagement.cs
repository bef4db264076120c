using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Devices.Firmware;

namespace Mimus.Devices.Pci;

/// <summary>
/// Function 3 of the <c>pc</c> board's chip set, the power management of the 82371AB (Intel 82371AB PIIX4 data sheet, 290562-001,
/// chapter 7): where the ports of <see cref="AcpiPowerManagement"/> are. There is no system management bus behind its registers.
/// </summary>
public sealed class Piix4PowerManagement : PciFunction
{
    private static readonly PciIdentity s_identity = new(0x8086, 0x7113, 0x068000, 0x03, 0, 0);

    private const int PortBase = 0x40, ActivityB = 0x58, Miscellaneous = 0x80, SystemManagementBusBase = 0x90,
        SystemManagementBusConfiguration = 0xd2; // 7.1
    private const uint PortFlag = 1, PortMask = 0xffc0;
    private const byte PortsEnabled = 1;
    private const uint CommandPortInterrupts = 1 << 25; // 7.1.14
    private const int PortCount = 64, FixedPorts = 16;
    private const int InterruptLineRegister = 0x3c, SystemControlInterrupt = 9;

    private readonly MovablePorts _ports;
    private readonly AcpiPowerManagement _power;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="ports">Where the ports appear.</param>
    /// <param name="power">The registers that are there.</param>
    public Piix4PowerManagement(string name, PortSpace ports, AcpiPowerManagement power)
        : base(name, s_identity)
    {
        _power = power;
        _ports = new MovablePorts(ports, power, AcpiPowerManagement.FixedOffset, FixedPorts, sizeof(uint));
        DefineMultipleFunctions();
        Define32(PortBase, PortFlag, PortMask & ~(uint)(PortCount - 1));
        Define32(ActivityB, 0, uint.MaxValue);
        Define8(Miscellaneous, 0, PortsEnabled);
        Define32(SystemManagementBusBase, PortFlag, 0xfff0);
        Define8(SystemManagementBusConfiguration, 0, 0x0f);
        Define8(InterruptLineRegister, SystemControlInterrupt); // wired, 7.1.10
        DefinePin(0);
        Reset();
    }

    /// <summary>The first of the ports, or null where they are nowhere.</summary>
    public int? FirstPort => (Configuration[Miscellaneous] & PortsEnabled) != 0 ? (int)(Configured32(PortBase) & PortMask) : null;

    protected override void OnWritten(int offset, int length) => Apply();

    protected override void OnReset() => Apply();

    protected override void FunctionState(StateVisitor v)
    {
        if (v.IsRestoring) Apply();
    }

    private void Apply()
    {
        _ports.Place(FirstPort);
        _power.EnableCommandInterrupt((Configured32(ActivityB) & CommandPortInterrupts) != 0);
    }
}
