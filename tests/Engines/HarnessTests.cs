using Mimus.Core.Cpus;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.Isa.RiscV;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV.Generation;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests;

/// <summary>The tests of engines find what they are to find.</summary>
public sealed class HarnessTests(ITestOutputHelper output)
{
    /// <summary>An engine in which one instruction sometimes goes wrong is found out, by a program that little is left of.</summary>
    [Fact]
    public void A_planted_fault_is_found_and_its_program_made_small()
    {
        var faulty = new Engine("faulty", () => new SteppingAccelerator(LoseFlag()));
        using var comparison = new Comparison([faulty]);
        for (var i = 0; i < 100; i++)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + i, new ProgramOptions());
            program.Build();
            var before = program.Length;
            if (comparison.Report(program) is not { } report) continue;
            output.WriteLine(report);
            Assert.InRange(program.Length, 1, 40);
            Assert.True(before > program.Length, $"the program had only {before} instructions");
            return;
        }
        Assert.Fail("the fault was not found");
    }

    /// <summary>An inexact result that was rounded up is not noted, if it is the first.</summary>
    private static Action<GuestCpu, ulong> LoseFlag()
    {
        var before = ulong.MaxValue;
        return (cpu, pc) =>
        {
            ref var state = ref ((RiscVHart)cpu).Registers;
            // What the program before left has no part in it.
            if (pc == ProgramLayout.Entry) before = ulong.MaxValue;
            if ((state.FloatFlags & ~before & 1) != 0 && state.RoundingMode == 3) state.FloatFlags &= ~1ul;
            before = state.FloatFlags;
        };
    }
}
