using Mimus.Translation.Evaluator;

namespace Mimus.Translation.Engine;

/// <summary>From a program counter to the page of code that it is on.</summary>
internal unsafe interface ICodePath : IDisposable
{
    /// <summary>The mappings under which code is found now.</summary>
    CodeMappings Mappings { get; }

    /// <summary>Code has changed without a fence: nothing that was made of it may run on.</summary>
    event Action? Changed;

    /// <summary>What was found last may be compiled; else it is interpreted.</summary>
    bool IsCompilable { get; }

    /// <summary>The page of an address; null with a trap pending when it cannot be fetched.</summary>
    CompilablePage? Find(ulong pc);

    /// <summary>The page of an address if it was found since the last flush; nothing is translated for it.</summary>
    CompilablePage? Peek(ulong pc);

    /// <summary>Whether all code that was found in a context would be found where it was; where that takes more than a look, false.</summary>
    bool IsAsBefore(int context);

    /// <summary>Instructions fetched from now on are those in memory now. False where all that is known of code still holds.</summary>
    bool FlushCode();

    /// <summary>Whether instructions were made from a page of host memory, where guests change code without a fence.</summary>
    bool HasCode(byte* page);

    /// <summary>Whether any of some bytes inside one page is part of such an instruction.</summary>
    bool IsCode(byte* host, int size);

    /// <summary>The processor itself has stored to bytes inside one page.</summary>
    void StoredTo(byte* host, int size);

    /// <summary>Forgets that anything was compiled.</summary>
    void DropCompiled();

    /// <summary>Drops all that was made of instructions.</summary>
    void Forget();
}
