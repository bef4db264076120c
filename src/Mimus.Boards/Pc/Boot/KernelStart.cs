namespace Mimus.Boards.Pc.Boot;

/// <summary>How a kernel begins: in protected mode with flat segments, without paging.</summary>
internal readonly record struct KernelStart(uint Entry, uint Eax = 0, uint Ebx = 0, uint Esi = 0);
