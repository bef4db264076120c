using Mimus.Boards;
using Mimus.TestSupport;

namespace Mimus.Guests.Tests;

/// <summary>Debian's U-Boot reaches its prompt, as firmware in M mode and as a payload in S mode.</summary>
public sealed class UBootTests
{
    [FactNeeding(Need.UBoot)]
    public void In_machine_mode() => ReachesPrompt(new MachineConfiguration { Firmware = TestNeeds.UBoot, MemoryBytes = 256 << 20 });

    [FactNeeding(Need.UBoot)]
    public void In_supervisor_mode() => ReachesPrompt(new MachineConfiguration { KernelPath = TestNeeds.UBootSupervisor, MemoryBytes = 256 << 20 });

    private static void ReachesPrompt(MachineConfiguration configuration)
    {
        using var guest = new Guest(configuration);
        guest.Vm.Resume();
        var at = guest.Console.WaitFor("Hit any key");
        guest.Console.Type("\r");
        at = guest.Console.WaitFor("=> ", at);
        guest.Console.Type("setexpr x 6 * 7; echo result $x\r");
        guest.Console.WaitFor("result 2a", at);
    }
}
