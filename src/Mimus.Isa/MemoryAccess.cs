namespace Mimus.Isa;

/// <summary>What an access to memory is for.</summary>
public enum MemoryAccess : byte
{
    Load,
    Store,
    Fetch,
}
