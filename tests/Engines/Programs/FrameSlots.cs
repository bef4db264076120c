namespace Mimus.Engines.Tests.Programs;

/// <summary>Places in a program's frame.</summary>
internal static class FrameSlots
{
    /// <summary>Keeps a choice while its table is found.</summary>
    public const int Choice = 0;

    /// <summary>Where the main part goes on when a function does not return.</summary>
    public const int Escape = 8;

    /// <summary>The stack of functions that call themselves.</summary>
    public const int StackPointer = 16;

    /// <summary>From here on each user has its own.</summary>
    public const int First = 24, End = 2040;
}
