namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Whose translations an instruction fences.</summary>
internal enum FenceExtent
{
    None,
    All,

    /// <summary>Those of one virtual address.</summary>
    Page,

    /// <summary>Those of one virtual address under one address-space identifier, except for global pages.</summary>
    PageOfAddressSpace,

    /// <summary>Those of one address-space identifier, except for global pages.</summary>
    AddressSpace,
}
