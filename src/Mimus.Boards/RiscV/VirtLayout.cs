using Mimus.Core.Memory;

namespace Mimus.Boards.RiscV;

/// <summary>Addresses and interrupt numbers of the <c>virt</c> board: one place for the wiring, the device tree and listings.</summary>
internal static class VirtLayout
{
    public static readonly AddressRange BootRom = new(0x1000, 0xf000);
    public static readonly AddressRange Finisher = new(0x10_0000, 0x1000);
    public static readonly AddressRange Rtc = new(0x10_1000, 0x1000);
    public static readonly AddressRange Clint = new(0x200_0000, 0x1_0000);
    public static readonly AddressRange Plic = new(0xc00_0000, 0x60_0000);
    public static readonly AddressRange Uart = new(0x1000_0000, 0x100);
    public static readonly AddressRange FlashCode = new(0x2000_0000, 0x200_0000);
    public static readonly AddressRange FlashData = new(0x2200_0000, 0x200_0000);

    public const ulong RamBase = 0x8000_0000;

    /// <summary>Where firmware expects the operating system when it is told no other place.</summary>
    public const ulong KernelBase = 0x8020_0000;

    public const int VirtioCount = 8;
    public const int RtcIrq = 11;
    public const int UartIrq = 10;

    /// <summary>Sources of the interrupt controller, number 0 included, and the highest priority of each.</summary>
    public const int IrqSources = 96;
    public const int IrqPriorities = 7;

    public const ulong TimebaseFrequency = 10_000_000;
    public const uint UartClock = 3_686_400;

    public static AddressRange Virtio(int slot) => new(0x1000_1000 + ((ulong)slot * 0x1000), 0x1000);

    public static int VirtioIrq(int slot) => slot + 1;
}
