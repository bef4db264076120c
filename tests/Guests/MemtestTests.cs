using Mimus.Boards;
using Mimus.TestSupport;

namespace Mimus.Guests.Tests;

/// <summary>memtest86+ goes once through all its tests and finds no error.</summary>
public sealed class MemtestTests
{
    private const int Patience = 2400;

    [FactNeeding(Need.Memtest)]
    public void It_finds_no_error()
    {
        using var guest = new Guest(new MachineConfiguration
        {
            Board = "pc",
            MemoryBytes = 8 << 20,
            KernelPath = TestNeeds.Memtest,
            CommandLine = "console=ttyS0,115200 nosmp",
        });
        guest.Vm.Resume();
        var at = guest.Console.WaitFor("Pass:  1 ", seconds: Patience);
        guest.Console.WaitFor("Errors: 0 ", at, Patience);
    }
}
