using System.Globalization;
using System.Text;

namespace Mimus.Translation.Ir;

/// <summary>The text form of a unit: one line an operation. <see cref="IrParser"/> reads it.</summary>
internal static class IrPrinter
{
    public static string Print(IrUnit unit)
    {
        var text = new StringBuilder();
        var guest = 0;
        foreach (var block in unit.Blocks) Print(text, unit, block, ref guest);
        return text.ToString();
    }

    /// <summary>One operation, as in <c>v7 = add v3, v5</c>.</summary>
    public static string Print(IrUnit unit, int id)
    {
        var text = new StringBuilder();
        Print(text, unit, id);
        return text.ToString();
    }

    private static void Print(StringBuilder text, IrUnit unit, in IrBlock block, ref int guest)
    {
        text.Append(CultureInfo.InvariantCulture, $"block 0x{block.Pc:x}..0x{block.After:x}\n");
        var end = Math.Min(guest + block.Instructions, unit.Guests.Count);
        for (var id = block.First; id < block.Last; id++)
        {
            while (guest < end && guest <= unit.Insts[id].Guest) PrintGuest(text, unit, guest++);
            text.Append("    ");
            Print(text, unit, id);
            text.Append('\n');
        }
        while (guest < end) PrintGuest(text, unit, guest++);
        text.Append("  ").Append(EndOf(block)).Append(RefreshOf(block)).Append('\n');
    }

    private static void PrintGuest(StringBuilder text, IrUnit unit, int guest) =>
        text.Append(CultureInfo.InvariantCulture, $"  guest 0x{unit.Guests[guest].Pc:x}\n");

    private static string EndOf(in IrBlock block) => block.End switch
    {
        BlockEnd.Goto => string.Create(CultureInfo.InvariantCulture, $"goto 0x{block.Next:x}"),
        BlockEnd.Branch => string.Create(CultureInfo.InvariantCulture, $"branch v{block.Value}, 0x{block.Taken:x}, 0x{block.Next:x}"),
        BlockEnd.Indirect => string.Create(CultureInfo.InvariantCulture, $"indirect v{block.Value}"),
        BlockEnd.Return => string.Create(CultureInfo.InvariantCulture, $"return v{block.Value}"),
        _ => "never",
    };

    private static string RefreshOf(in IrBlock block)
    {
        if (!block.Refresh) return "";
        if (block.Context != Inst.None) return string.Create(CultureInfo.InvariantCulture, $" refresh in v{block.Context}");
        return block.End == BlockEnd.Goto && block.Value != Inst.None ? string.Create(CultureInfo.InvariantCulture, $" refresh v{block.Value}") : " refresh";
    }

    private static void Print(StringBuilder text, IrUnit unit, int id)
    {
        ref var inst = ref unit.Insts[id];
        ref readonly var info = ref IrOps.Info(inst.Op);
        if (info.HasResult) text.Append(CultureInfo.InvariantCulture, $"v{id} = ");
        text.Append(IrNames.Of(inst.Op));
        if (info.Kind != IrKind.None) text.Append('.').Append(IrNames.Of(info.Kind, inst.Kind));
        if (info.Variant != IrVariant.None && !(info.Variant == IrVariant.Signed && inst.Variant == 0)) text.Append('.').Append(IrNames.Of(info.Variant, inst.Variant));
        var separator = " ";
        switch (inst.Op)
        {
            case IrOp.Constant: Item(string.Create(CultureInfo.InvariantCulture, $"0x{inst.Immediate:x}")); break;
            case IrOp.ReadSlot or IrOp.WriteSlot: Item($"s{inst.Slot}"); break;
            case IrOp.VectorLoad or IrOp.VectorStore: Item($"s{inst.Slot}"); break;
            case IrOp.Vector:
                var vectors = VectorOperands.Unpack(inst.Immediate);
                Item($"{(IrVector)inst.Slot}.{vectors.Bytes} s{vectors.Target}, s{vectors.A}, s{vectors.B}, {vectors.Control}");
                break;
            case IrOp.Call or IrOp.TryCall: Item("@" + (inst.Slot < unit.Helpers.Count ? unit.Helpers[inst.Slot].Name : "?")); break;
            case IrOp.FloatCall: Item("@" + (inst.Slot < unit.FloatHelpers.Count ? unit.FloatHelpers[inst.Slot].Name : "?")); break;
        }
        if (inst.Op is IrOp.FloatCall or IrOp.FloatToInteger) Item(IrNames.OfRounding(inst.Immediate));
        for (var i = 0; i < info.Operands; i++)
        {
            var operand = i switch { 0 => inst.A, 1 => inst.B, _ => inst.C };
            Item(operand == Inst.None ? "_" : $"v{operand}");
            if (i == 0 && inst.Op is IrOp.Load or IrOp.LoadForUpdate or IrOp.Store or IrOp.VectorLoad or IrOp.VectorStore) Displace((long)inst.Immediate);
        }

        void Item(string item)
        {
            text.Append(separator).Append(item);
            separator = ", ";
        }

        void Displace(long displacement)
        {
            if (displacement > 0) text.Append(CultureInfo.InvariantCulture, $" + 0x{displacement:x}");
            else if (displacement < 0) text.Append(CultureInfo.InvariantCulture, $" - 0x{(ulong)-displacement:x}");
        }
    }
}
