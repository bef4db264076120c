namespace Mimus.Isa;

/// <summary>What an engine remembers about a CPU's memory, and what the CPU's instructions make it forget.</summary>
public unsafe interface ITranslationCaches
{
    /// <summary>Instructions that have retired since the CPU was last told how many.</summary>
    ulong InstructionsInFlight { get; }

    /// <summary>Forgets all translations of addresses.</summary>
    void FlushTranslations();

    /// <summary>
    /// The guest fences all translations: none may be used that is not what its tables say now. Those that are may be kept, since a
    /// processor may look ahead.
    /// </summary>
    void RenewTranslations() => FlushTranslations();

    /// <summary>Forgets all translations of some contexts, see <see cref="EmulatedCpu.FetchContext"/>.</summary>
    void FlushContexts(int first, int count);

    /// <summary>Forgets the translations of some contexts, but for pages that all address spaces share.</summary>
    void FlushLocal(int first, int count);

    /// <summary>Forgets the translations of the 4 KiB page around a virtual address, in every context.</summary>
    void FlushPage(ulong address) => FlushPage(address, 0, int.MaxValue);

    /// <summary>Forgets the translations of the 4 KiB page around a virtual address in some contexts.</summary>
    void FlushPage(ulong address, int first, int count);

    /// <summary>Forgets all translations for writing: the first write to each page is to be noticed.</summary>
    void FlushWrites();

    /// <summary>Instructions fetched from now on are those in memory now.</summary>
    void FlushCode();

    /// <summary>Drops everything made from instructions, since what it was made with has changed.</summary>
    void ForgetCode();

    /// <summary>Whether instructions were made from a page of host memory by an engine whose guests change code without a fence.</summary>
    bool HasCode(byte* page);

    /// <summary>The processor has stored to bytes inside one page, which may be such a one.</summary>
    void StoredTo(byte* host, int size);
}
