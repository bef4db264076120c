namespace Mimus.Isa.RiscV.Privileged;

/// <content>Trigger registers (RISC-V Debug specification 1.0, chapter 5).</content>
internal static partial class CsrTable
{
    private static IEnumerable<Csr> TriggerRows() =>
    [
        new(0x7a0, "tselect", h => h.Registers.TriggerSelect, (h, v) => { if (v < RiscVState.TriggerCount) h.Registers.TriggerSelect = v; }, Extension.Sdtrig),
        new(0x7a1, "tdata1", h => h.Registers.TriggerControls[(int)h.Registers.TriggerSelect], (h, v) =>
        {
            h.Registers.TriggerControls[(int)h.Registers.TriggerSelect] = Triggers.LegalControl(v);
            h.TriggersChanged();
        }, Extension.Sdtrig),
        new(0x7a2, "tdata2", h => h.Registers.TriggerAddresses[(int)h.Registers.TriggerSelect], (h, v) =>
        {
            h.Registers.TriggerAddresses[(int)h.Registers.TriggerSelect] = v;
            h.TriggersChanged();
        }, Extension.Sdtrig),
        new(0x7a4, "tinfo", _ => (1ul << 24) | (1ul << 15) | (1ul << 6), (_, _) => { }, Extension.Sdtrig),
    ];
}
