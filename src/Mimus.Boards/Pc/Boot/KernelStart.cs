namespace Mimus.Boards.Pc.Boot;

/// <summary>How a kernel begins: in protected mode with flat segments, or in long mode where it has page tables for that.</summary>
/// <param name="Entry">The first instruction.</param>
/// <param name="Pages">The page table of the highest level; null where there is no paging.</param>
internal readonly record struct KernelStart(uint Entry, uint Eax = 0, uint Ebx = 0, uint Esi = 0, uint? Pages = null);
