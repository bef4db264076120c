namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Operations on a cache block.</summary>
internal enum CacheBlock
{
    Invalidate,
    Clean,
    Zero,
}
