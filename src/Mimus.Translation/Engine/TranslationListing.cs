using System.Globalization;
using System.Text;
using Mimus.Core.Diagnostics;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>What the log says of code that was compiled: the guest's instructions, the operations made of them, the host's code.</summary>
internal static unsafe class TranslationListing
{
    private const LogItems AllItems = LogItems.Instructions | LogItems.Operations | LogItems.MachineCode;
    private const int BytesInLine = 16;

    /// <param name="code">The code where it can be read.</param>
    /// <param name="address">Where it runs.</param>
    public static void Write(MachineLog log, EmulatedCpu cpu, IFrontEnd frontEnd, UnitRecorder recorder, ReadOnlySpan<byte> code, ulong address)
    {
        var unit = recorder.Unit;
        if (!log.Has(AllItems) || !unit.Blocks.Exists(b => log.Concerns(b.Pc))) return;
        var text = new StringBuilder("----------------\n");
        if (log.Has(LogItems.Instructions)) AppendGuest(text, cpu, frontEnd, recorder);
        if (log.Has(LogItems.Operations)) text.Append("OP:\n").Append(IrPrinter.Print(unit)).Append('\n');
        if (log.Has(LogItems.MachineCode)) AppendCode(text, code, address);
        log.Write(text.ToString());
    }

    private static void AppendGuest(StringBuilder text, EmulatedCpu cpu, IFrontEnd frontEnd, UnitRecorder recorder)
    {
        var guest = 0;
        foreach (var block in recorder.Unit.Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"IN: {cpu.Name} block 0x{block.Pc:x}\n");
            for (var i = 0; i < block.Instructions; i++)
            {
                var pc = recorder.Unit.Guests[guest++].Pc;
                var instruction = frontEnd.Describe(pc, recorder.PageOf(pc)!, recorder.PageOf(pc + CompilablePage.PageSize));
                text.Append(CultureInfo.InvariantCulture, $"0x{pc:x16}: {instruction}\n");
            }
            text.Append('\n');
        }
    }

    /// <summary>The code as bytes. A disassembler of the host's instructions would have its place here, and nowhere else.</summary>
    private static void AppendCode(StringBuilder text, ReadOnlySpan<byte> code, ulong address)
    {
        text.Append(CultureInfo.InvariantCulture, $"OUT: [size={code.Length}]\n");
        for (var i = 0; i < code.Length; i += BytesInLine)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{address + (ulong)i:x16}: ");
            foreach (var b in code.Slice(i, Math.Min(BytesInLine, code.Length - i))) text.Append(CultureInfo.InvariantCulture, $" {b:x2}");
            text.Append('\n');
        }
    }
}
