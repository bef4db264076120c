using Mimus.Engines.Tests.Machines;
using Mimus.Translation.Engine;
using Mimus.Translation.Evaluator;

namespace Mimus.Engines.Tests;

/// <summary>The engines that these tests compare. Adding one is adding a line.</summary>
internal static class EngineList
{
    /// <summary>The engine that is right by definition.</summary>
    public static Engine Reference { get; } = new("interp", () => new EvaluatorAccelerator());

    /// <summary>What is compared with it.</summary>
    public static IReadOnlyList<Engine> Compared { get; } =
    [
        new("blocks at once", () => new TranslatorAccelerator(new TranslatorOptions { BlockThreshold = 0, RegionThreshold = int.MaxValue })),
        new("regions at once", () => new TranslatorAccelerator(new TranslatorOptions { BlockThreshold = 0, RegionThreshold = 0 })),
        new("tiers", () => new TranslatorAccelerator(new TranslatorOptions { BlockThreshold = 3, RegionThreshold = 5 })),
        new("little code memory", () => new TranslatorAccelerator(new TranslatorOptions { BlockThreshold = 0, RegionThreshold = 5, CodeBytes = 256 << 10 })),
    ];

    /// <summary>The reference again, but run by single steps.</summary>
    public static Engine Stepping { get; } = new("interp, step by step", () => new SteppingAccelerator());

    /// <summary>What guest programs are run on that check their own results.</summary>
    public static IEnumerable<Engine> All => Compared.Prepend(Reference);

    /// <summary>The names of <see cref="All"/>, as test cases.</summary>
    public static TheoryData<string> Names => [.. All.Select(e => e.Name)];

    /// <summary>The names of <see cref="Compared"/>, as test cases.</summary>
    public static TheoryData<string> ComparedNames => [.. Compared.Select(e => e.Name)];

    public static Engine Find(string name) => All.Single(e => e.Name == name);
}
