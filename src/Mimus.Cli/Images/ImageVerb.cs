namespace Mimus.Cli.Images;

/// <summary>A verb of the image tool.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="Usage">What may stand behind it.</param>
/// <param name="Run">Does it, and returns the exit status.</param>
internal sealed record ImageVerb(string Name, string Usage, ImageVerb.Action Run)
{
    public delegate int Action(ReadOnlySpan<string> arguments);
}
