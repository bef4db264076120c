namespace Mimus.Devices.Interrupts;

/// <summary>What a message to a local APIC does (Intel SDM volume 3, 12.6.1 and 13.11.2).</summary>
public enum DeliveryMode
{
    Fixed = 0,
    LowestPriority = 1,
    SystemManagement = 2,
    NonMaskable = 4,
    Init = 5,
    StartUp = 6,
    External = 7,
}
