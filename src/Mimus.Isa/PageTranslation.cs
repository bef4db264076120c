using Mimus.Core.Memory;

namespace Mimus.Isa;

/// <summary>Where an address leads.</summary>
/// <param name="PhysicalAddress">The physical address itself.</param>
/// <param name="Region">What answers there: RAM or a device.</param>
/// <param name="WholePage">The result holds for all of the 4 KiB page and may be remembered.</param>
/// <param name="PageMask">The bits of an address inside the page of the guest's tables; flushing one address of it flushes all.</param>
/// <param name="IsGlobal">All address spaces share the page, and its translation may outlive a change of them.</param>
public readonly record struct PageTranslation(ulong PhysicalAddress, IoRegion Region, bool WholePage, ulong PageMask, bool IsGlobal = false);
