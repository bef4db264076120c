using Mimus.Translation.Engine;
using Mimus.Translation.Evaluator;

namespace Mimus.Guests.Tests;

/// <summary>Engines that whole guests are run on besides the usual one: the evaluator, and the translator driven to its limits.</summary>
internal static class GuestEngines
{
    public static IReadOnlyList<string> Names { get; } = ["interp", "tiers", "regions at once", "little code memory"];

    public static VmOptions Find(string name) => new()
    {
        Accelerator = name switch
        {
            "interp" => () => new EvaluatorAccelerator(),
            "tiers" => () => new TranslatorAccelerator(new TranslatorOptions()),
            "regions at once" => () => new TranslatorAccelerator(new TranslatorOptions { RegionThreshold = 0 }),
            // So little that all code is dropped again and again.
            "little code memory" => () => new TranslatorAccelerator(new TranslatorOptions { CodeBytes = 1 << 20 }),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        },
    };
}
