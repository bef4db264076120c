namespace Mimus.Translation.X64;

/// <summary>
/// Is told where the code of which operation is, and where its result: enough for a checker that follows emitted code by itself and knows
/// nothing of the compiler's tables.
/// </summary>
internal unsafe interface ILoweringObserver
{
    /// <summary>The code of the unit's next block begins.</summary>
    void BlockBegins(byte* at);

    /// <summary>The code of the next operation ends; there may be none.</summary>
    void OperationEnds(byte* at, Place result);

    /// <summary>What follows is out of line.</summary>
    void BlocksEnd(byte* at);
}
