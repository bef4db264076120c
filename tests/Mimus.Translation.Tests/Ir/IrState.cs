using System.Globalization;
using System.Text;

namespace Mimus.Translation.Tests.Ir;

/// <summary>What a run starts from.</summary>
/// <param name="Slots">All slots.</param>
/// <param name="Memory">All of the memory.</param>
/// <param name="SharesMemory">Code is compiled for a machine with several processors.</param>
/// <param name="WantsAttention">Loops find that something is wanted.</param>
internal sealed record IrState(ulong[] Slots, byte[] Memory, bool SharesMemory, bool WantsAttention)
{
    public static IrState Zero { get; } = new(new ulong[FakeCpu.SlotCount], new byte[FakeMemory.Size], false, false);

    public void CopyTo(FakeCpu cpu, FakeMemory memory)
    {
        Slots.CopyTo(cpu.AllSlots);
        Memory.CopyTo(memory.Bytes);
        memory.Granule = nuint.MaxValue;
        memory.ReservedValue = 0;
    }

    /// <summary>The slots that are not zero, as lines of a case.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Slots.Length; i++)
        {
            if (Slots[i] != 0) text.Append(CultureInfo.InvariantCulture, $"set s{i} = 0x{Slots[i]:x}\n");
        }
        if (SharesMemory) text.Append("option shares-memory\n");
        if (WantsAttention) text.Append("option attention\n");
        return text.ToString();
    }
}
