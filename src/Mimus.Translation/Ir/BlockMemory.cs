namespace Mimus.Translation.Ir;

/// <summary>What the builder remembers of a block: which value each slot has, what was computed already, and what is known to be zero.</summary>
internal sealed class BlockMemory
{
    private const int SlotCount = 256, NumberCount = 512;

    private readonly int[] _slots = new int[SlotCount];
    private readonly int[] _slotTimes = new int[SlotCount];
    private readonly int[] _numbers = new int[NumberCount];
    private readonly List<int> _zeroes = [];
    private int _time = 1;

    public void Clear()
    {
        ForgetSlots();
        _zeroes.Clear();
    }

    public void ForgetSlots() => _time++;

    public int SlotValue(int slot) => _slotTimes[slot] == _time ? _slots[slot] : Inst.None;

    public void SetSlot(int slot, int value)
    {
        _slots[slot] = value;
        _slotTimes[slot] = _time;
    }

    public void ForgetSlot(int slot) => _slotTimes[slot] = 0;

    public void KnowZero(int value) => _zeroes.Add(value);

    public bool IsZero(int value) => _zeroes.Contains(value);

    /// <summary>The operation of this block that computed the same, or none.</summary>
    public int Find(IrUnit unit, in Inst inst, int first)
    {
        var id = _numbers[Hash(inst)];
        if (id < first || id >= unit.Count) return Inst.None;
        ref var other = ref unit.Insts[id];
        return other.Op == inst.Op && other.Kind == inst.Kind && other.A == inst.A && other.B == inst.B && other.C == inst.C && other.Immediate == inst.Immediate
            ? id
            : Inst.None;
    }

    public void Remember(in Inst inst, int id) => _numbers[Hash(inst)] = id;

    private static int Hash(in Inst inst)
    {
        var h = ((uint)inst.Op * 31) + inst.Kind + ((uint)inst.A * 0x9e37_79b1) + ((uint)inst.B * 0x85eb_ca77) + ((uint)inst.C * 0xc2b2_ae3d)
            + (uint)inst.Immediate + ((uint)(inst.Immediate >> 32) * 0x27d4_eb2f);
        return (int)((h * 0x9e37_79b1) >> 23);
    }
}
