using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV.Generation;
using Xunit.Abstractions;

namespace Mimus.Engines.Tests;

/// <summary>Random programs reach what they were made for.</summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    private const int Programs = 150;

    /// <summary>All causes of the Privileged manual, table 14, that such a program can meet; misaligned fetches need harts without C.</summary>
    private static readonly ulong[] s_causes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15];

    [Fact]
    public void Random_programs_run_most_of_their_code_and_meet_every_kind_of_trap()
    {
        var reached = new HashSet<ulong>();
        var names = new Dictionary<string, int>();
        var causes = new SortedDictionary<ulong, int>();
        long length = 0, ran = 0;
        var interrupts = 0;
        using var machine = new EngineMachine(new Engine("stepping", () => new SteppingAccelerator((_, pc) => reached.Add(pc))));
        for (var i = 0; i < Programs; i++)
        {
            reached.Clear();
            var program = ProgramGenerator.Create(TestSeed.Value + i, new ProgramOptions { Instructions = 1, MinimumIterations = 8 });
            var image = program.Build();
            if (machine.Run(image) is { } failure) Assert.Fail($"seed {program.Seed}: {failure}\n{string.Join(' ', reached.Select(p => $"{p:x}"))}\n{program.List()}");
            length += program.Length;
            // Vectors of interrupts in machine mode, but for the one from outside.
            interrupts += Enumerable.Range(1, 15).Count(n => reached.Contains(ProgramLayout.MachineVector + ((ulong)n * 4)));
            foreach (var pc in reached)
            {
                var offset = pc - program.Space.Code;
                if (offset >= ProgramLayout.CodePages * ProgramLayout.PageSize) continue;
                if (!image.Pages.TryGetValue(ProgramLayout.Code + (offset & ~0xffful), out var page) || (offset & 0xfff) == 0xffe) continue;
                var half = BitConverter.ToUInt16(page, (int)(offset & 0xfff));
                var isLong = (half & 3) == 3;
                var name = InstructionGenerator.NameOf(isLong ? BitConverter.ToUInt32(page, (int)(offset & 0xfff)) : half, isLong ? 4 : 2);
                names[name] = names.GetValueOrDefault(name) + 1;
                ran++;
            }
            foreach (var log in new[] { ProgramLayout.MachineLog, ProgramLayout.SupervisorLog })
            {
                for (ulong at = 0; at < ProgramLayout.LogPages * ProgramLayout.PageSize; at += TrapHandler.RecordSize)
                {
                    var cause = machine.Read64(log + at);
                    causes[cause] = causes.GetValueOrDefault(cause) + 1;
                }
            }
        }
        output.WriteLine($"{ran} of {length} instructions ran at least once");
        output.WriteLine($"causes: {string.Join("  ", causes.Select(c => $"{c.Key:x}: {c.Value}"))}");
        output.WriteLine($"{names.Count} different instructions; least often: {string.Join(' ', names.OrderBy(n => n.Value).Take(20).Select(n => $"{n.Key} {n.Value}"))}");
        output.WriteLine($"never: {string.Join(' ', InstructionGenerator.Rows.Select(r => r.Name).Where(n => !names.ContainsKey(n)))}");
        output.WriteLine($"{interrupts} programs interrupted themselves in machine mode");
        Assert.True(ran > length / 2, $"only {ran} of {length} instructions were reached");
        Assert.All(s_causes, c => Assert.Contains(c, causes.Keys));
        Assert.True(interrupts > 0, "no program interrupted itself in machine mode");
        Assert.Contains(causes.Keys, c => c >> 63 != 0);
        Assert.True(names.Count > InstructionGenerator.Rows.Count * 3 / 4, $"only {names.Count} of {InstructionGenerator.Rows.Count} instructions were run");
    }
}
