using Mimus.Core.Cpus;
using Mimus.Translation.Engine;
using Mimus.Translation.Evaluator;

namespace Mimus.Translation;

/// <summary>The engines of this project by their names, the best first.</summary>
public static class Engines
{
    private const string Translator = "tcg", OwnName = "mimus", Evaluator = "interp";

    /// <summary>The names that this host can serve; the first is what a machine gets that asks for none.</summary>
    public static IReadOnlyList<string> Names { get; } = TranslatorAccelerator.IsSupported ? [Translator, OwnName, Evaluator] : [Evaluator];

    /// <summary>Makes an engine by a name of <see cref="Names"/>.</summary>
    public static IAccelerator Create(string name, TranslatorOptions? options = null) =>
        name == Evaluator ? new EvaluatorAccelerator() : new TranslatorAccelerator(options ?? new TranslatorOptions());
}
