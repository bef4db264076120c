using System.Text;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>
/// A file of text with what it starts from and what it must come to, in lines of their own: <c>set s3 = 5</c>, <c>option
/// shares-memory</c>, <c>option attention</c>, <c>expect s4 = 0x10</c>, <c>expect end = 0x9000</c>, <c>expect trap = 2</c>.
/// </summary>
internal sealed class IrCase
{
    private readonly List<(int Slot, ulong Value)> _slots = [];

    private IrCase(IrUnit unit, IrState state)
    {
        Unit = unit;
        State = state;
    }

    public IrUnit Unit { get; }

    public IrState State { get; }

    /// <summary>The slots that have to have values at the end.</summary>
    public IReadOnlyList<(int Slot, ulong Value)> Slots => _slots;

    public ulong? End { get; private set; }

    public int? Trap { get; private set; }

    public static IrCase Parse(string text)
    {
        var units = new StringBuilder();
        var slots = new ulong[FakeCpu.SlotCount];
        var expected = new List<string[]>();
        bool shares = false, attention = false;
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split('#')[0].Split([' ', '\t', '='], StringSplitOptions.RemoveEmptyEntries);
            var isOurs = words is ["set" or "option" or "expect", ..];
            // An empty line in place of each, so that the numbers of lines stay true.
            units.Append(isOurs ? "" : line).Append('\n');
            switch (words)
            {
                case ["set", var slot, var value]: slots[int.Parse(slot.AsSpan(1))] = IrParser.Number(value); break;
                case ["option", "shares-memory"]: shares = true; break;
                case ["option", "attention"]: attention = true; break;
                case ["expect", _, _]: expected.Add(words); break;
                case ["set" or "option" or "expect", ..]: throw new FormatException($"'{line}' is not understood");
            }
        }
        var result = new IrCase(IrParser.Parse(units.ToString(), TestHelpers.Find), new IrState(slots, new byte[FakeMemory.Size], shares, attention));
        foreach (var words in expected)
        {
            var value = IrParser.Number(words[2]);
            if (words[1] == "end") result.End = value;
            else if (words[1] == "trap") result.Trap = (int)value;
            else result._slots.Add((int.Parse(words[1].AsSpan(1)), value));
        }
        return result;
    }
}
