namespace Mimus.Translation.Evaluator;

/// <summary>Decoded instructions of one page of guest memory, as <see cref="SuspectPages{TPage}"/> sees them.</summary>
internal interface IWatchedCode
{
    /// <summary>Whether the page is among the <see cref="SuspectPages{TPage}"/>.</summary>
    bool IsSuspect { get; set; }

    /// <summary>Whether nobody writes the page without a report. To be asked before it is compared.</summary>
    bool IsQuiet { get; }

    /// <summary>Whether its bytes are not what was decoded.</summary>
    bool HasChanged { get; }

    /// <summary>The number of flushes of all code after which the page was last found up to date.</summary>
    int Generation { get; }
}
