using System.Globalization;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;

namespace Mimus.Engines.Tests;

/// <summary>Runs programs on the reference and on other engines and reports what differs.</summary>
internal sealed class Comparison : IDisposable
{
    private readonly EngineMachine _reference = new(EngineList.Reference);
    private readonly IReadOnlyList<EngineMachine> _others;

    public Comparison(IEnumerable<Engine> others) => _others = [.. others.Select(e => new EngineMachine(e))];

    /// <summary>How many instructions the reference has carried out.</summary>
    public long Executed { get; private set; }

    public EngineMachine Reference => _reference;

    /// <summary>Runs an image on all engines; the first difference, and the engine that has it, or null.</summary>
    public (Engine Engine, string Text)? Compare(ProgramImage image, Func<ulong, string> nameOf)
    {
        if (_reference.Run(image) is { } failure) return (_reference.Engine, failure);
        Executed += (long)_reference.Retired;
        return CompareOthers(image, nameOf);
    }

    /// <summary>Runs an image on all engines but the reference, which has run it.</summary>
    public (Engine Engine, string Text)? CompareOthers(ProgramImage image, Func<ulong, string> nameOf)
    {
        foreach (var other in _others)
        {
            if ((other.Run(image) ?? other.DifferenceFrom(_reference, nameOf)) is { } difference) return (other.Engine, difference);
        }
        return null;
    }

    /// <summary>Compares a program; a report for people when engines differ, with the program made as small as it can be.</summary>
    public string? Report(RandomProgram program)
    {
        if (Compare(program.Build(), ProgramLayout.NameOf) is not { } found) return null;
        // That the reference does not come to the end is a fault of the program, or so grave that no comparison is needed.
        if (found.Engine == EngineList.Reference) return $"seed {program.Seed}\n{found.Text}\n{program.List()}";
        var text = found.Text;
        var (steps, again) = Shrink(program, found.Engine);
        program.Build();
        return string.Create(CultureInfo.InvariantCulture,
            $"seed {program.Seed} (MIMUS_TEST_SEED={program.Seed} runs it first)\n{text}\n{(again is null ? "It does not show on new machines, so it depends on the programs before." : $"After {steps} attempts to make it smaller:\n{again}")}\n{program.List()}");
    }

    public void Dispose()
    {
        _reference.Dispose();
        foreach (var other in _others) other.Dispose();
    }

    /// <summary>On new machines, so that what came before has no part in it.</summary>
    private static (int Steps, string? Difference) Shrink(RandomProgram program, Engine engine)
    {
        string? last = null;
        var shrinker = new Shrinker(program, () =>
        {
            using var comparison = new Comparison([engine]);
            if (comparison.Compare(program.Build(), ProgramLayout.NameOf) is not { } difference) return false;
            last = difference.Text;
            return true;
        });
        var steps = shrinker.Run();
        return (steps, last);
    }
}
