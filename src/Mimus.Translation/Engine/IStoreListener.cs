namespace Mimus.Translation.Engine;

/// <summary>Hears of stores to pages from which instructions were decoded, where a guest may change its code without a fence.</summary>
internal unsafe interface IStoreListener
{
    /// <summary>Whether stores to a page of host memory concern it.</summary>
    bool HasCode(byte* page);

    /// <summary>Whether any of some bytes inside one page is part of an instruction.</summary>
    bool IsCode(byte* host, int size);

    /// <summary>Bytes inside one page were written.</summary>
    void Written(byte* host, int size);
}
