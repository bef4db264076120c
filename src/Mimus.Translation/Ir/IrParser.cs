using System.Globalization;
using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <summary>Reads the text form of a unit. Values may have any numbers; they get those of their places.</summary>
internal sealed class IrParser(IrUnit unit, Func<string, Helper?> findHelper)
{
    private readonly Dictionary<string, int> _values = [];
    private string[] _words = [];
    private int _at;
    private IrBlock _block;
    private bool _inBlock;

    /// <param name="text">The text; what follows a <c>#</c> in a line is a comment.</param>
    /// <param name="findHelper">The guest's helpers, which <c>call</c> and <c>try-call</c> name.</param>
    public static IrUnit Parse(string text, Func<string, Helper?>? findHelper = null)
    {
        var unit = new IrUnit();
        var parser = new IrParser(unit, findHelper ?? (_ => null));
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var comment = line.IndexOf('#');
            try
            {
                parser.ParseLine((comment < 0 ? line : line[..comment]).ToString());
            }
            catch (FormatException e)
            {
                throw new FormatException($"line {number}: {e.Message}", e);
            }
        }
        if (parser._inBlock) throw new FormatException("the last block has no end");
        return unit;
    }

    private void ParseLine(string line)
    {
        _words = line.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        _at = 0;
        if (_words.Length == 0) return;
        switch (_words[0])
        {
            case "block": BeginBlock(); break;
            case "guest": BeginGuest(); break;
            case "goto" or "branch" or "indirect" or "return" or "never": EndBlock(); break;
            default: ParseOperation(); break;
        }
        if (_at < _words.Length) throw new FormatException($"'{_words[_at]}' is too much");
    }

    private void BeginBlock()
    {
        if (_inBlock) throw new FormatException("the block before has no end");
        _at = 1;
        var ends = Word().Split("..");
        if (ends.Length != 2) throw new FormatException("a block is 'block START..END'");
        _inBlock = true;
        _values.Clear();
        _block = new IrBlock { Pc = Number(ends[0]), After = Number(ends[1]), First = unit.Count };
    }

    private void BeginGuest()
    {
        if (!_inBlock) throw new FormatException("an instruction is outside of a block");
        _at = 1;
        unit.Guests.Add((Number(Word()), _block.Instructions));
        _block.Instructions++;
    }

    private void EndBlock()
    {
        if (!_inBlock) throw new FormatException("there is no block to end");
        switch (Word())
        {
            case "goto":
                _block.End = BlockEnd.Goto;
                _block.Next = Number(Word());
                break;
            case "branch":
                _block.End = BlockEnd.Branch;
                _block.Value = Operand(Word());
                _block.Taken = Number(Word());
                _block.Next = Number(Word());
                break;
            case "indirect":
                EndIndirectly(BlockEnd.Indirect);
                break;
            case "return":
                EndIndirectly(BlockEnd.Return);
                break;
            default:
                _block.End = BlockEnd.Never;
                break;
        }
        if (_at < _words.Length && _words[_at] == "refresh")
        {
            _block.Refresh = true;
            _at++;
            if (_block.End == BlockEnd.Goto && _at < _words.Length) _block.Value = Operand(Word());
            if (_block.EndsIndirectly && _at < _words.Length && _words[_at] == "in")
            {
                _at++;
                _block.Context = Operand(Word());
            }
        }
        _block.Last = unit.Count;
        unit.Blocks.Add(_block);
        _inBlock = false;
    }

    private void EndIndirectly(BlockEnd end)
    {
        _block.End = end;
        _block.Value = Operand(Word());
    }

    private void ParseOperation()
    {
        if (!_inBlock || _block.Instructions == 0) throw new FormatException("an operation is outside of a guest instruction");
        string? result = null;
        if (_words.Length > 2 && _words[1] == "=")
        {
            result = _words[0];
            _at = 2;
        }
        var parts = Word().Split('.');
        if (!IrNames.TryFind(parts[0], out var op)) throw new FormatException($"there is no operation '{parts[0]}'");
        ref readonly var info = ref IrOps.Info(op);
        var inst = new Inst { Op = op, Guest = (ushort)(unit.Guests.Count - 1), A = Inst.None, B = Inst.None, C = Inst.None };
        var part = 1;
        if (info.Kind != IrKind.None && !(part < parts.Length && IrNames.TryFind(info.Kind, parts[part++], out inst.Kind)))
            throw new FormatException($"'{parts[0]}' needs a {info.Kind}");
        var isOptional = info.Variant == IrVariant.Signed && part >= parts.Length;
        if (info.Variant != IrVariant.None && !isOptional && !(part < parts.Length && IrNames.TryFind(info.Variant, parts[part++], out inst.Variant)))
            throw new FormatException($"'{parts[0]}' needs a {info.Variant}");
        if (part < parts.Length) throw new FormatException($"'.{parts[part]}' is too much");
        ParseItems(info, ref inst);
        if (info.HasResult != result is not null) throw new FormatException($"'{parts[0]}' has {(info.HasResult ? "a" : "no")} result");
        var id = unit.Add(inst);
        if (result is not null) _values[result] = id;
    }

    private void ParseItems(in IrOpInfo info, ref Inst inst)
    {
        switch (inst.Op)
        {
            case IrOp.Constant: inst.Immediate = Number(Word()); break;
            case IrOp.ReadSlot or IrOp.WriteSlot: inst.Slot = Slot(Word()); break;
            case IrOp.Call or IrOp.TryCall:
            {
                var name = Word().TrimStart('@');
                inst.Slot = unit.NumberOf(findHelper(name) ?? throw new FormatException($"there is no helper '{name}'"));
                break;
            }
            case IrOp.FloatCall:
            {
                var name = Word().TrimStart('@');
                if (!FloatHelperTable.TryFind(name, out var helper)) throw new FormatException($"there is no helper '{name}'");
                inst.Slot = AddFloatHelper(helper);
                break;
            }
        }
        if (inst.Op is IrOp.FloatCall or IrOp.FloatToInteger)
        {
            if (!IrNames.TryFindRounding(Word(), out var rounding)) throw new FormatException($"'{_words[_at - 1]}' is no rounding mode");
            inst.Immediate = rounding;
        }
        for (var i = 0; i < info.Operands; i++)
        {
            var operand = Operand(Word());
            if (i == 0) inst.A = operand;
            else if (i == 1) inst.B = operand;
            else inst.C = operand;
            if (i == 0 && inst.Op is IrOp.Load or IrOp.LoadForUpdate or IrOp.Store && i == 0 && _at < _words.Length && _words[_at] is "+" or "-")
            {
                var isNegative = Word() == "-";
                inst.Immediate = Number(Word());
                if (isNegative) inst.Immediate = 0 - inst.Immediate;
            }
        }
        // The host's own operations have their helper at hand, for what it does not do as the guest.
        var isNative = inst.Op != IrOp.FloatCompare && inst.Op != IrOp.IntegerToFloat && info.Kind == IrKind.Float;
        if (isNative && IrNames.IsValid(info.Kind, inst.Kind)) inst.Slot = AddFloatHelper(FloatHelperTable.Of(inst.Op, inst.Kind != 0, inst.Variant));
    }

    private int AddFloatHelper(FloatHelper helper)
    {
        return unit.NumberOf(helper);
    }

    private string Word() => _at < _words.Length ? _words[_at++] : throw new FormatException("something is missing at the end");

    private int Operand(string word)
    {
        if (word == "_") return Inst.None;
        return _values.TryGetValue(word, out var id) ? id : throw new FormatException($"'{word}' has no value in this block");
    }

    private static int Slot(string word) =>
        word.StartsWith('s') && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
            ? slot
            : throw new FormatException($"'{word}' is no slot; they are s0, s1 and so on");

    public static ulong Number(string word)
    {
        var isNegative = word.StartsWith('-');
        var digits = word.AsSpan(isNegative ? 1 : 0);
        var isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!(isHex ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value))) throw new FormatException($"'{word}' is no number");
        return isNegative ? 0 - value : value;
    }
}
