using Mimus.Engines.Tests.Nodes;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <content>Parts that are made for something that engines may get wrong.</content>
internal sealed partial class PartGenerator
{
    /// <summary>A bit of an entry that means nothing.</summary>
    private const ulong SoftwareBit = 1 << 8;

    private void AddSpecial(List<Node> body, IReadOnlyList<Function> callees)
    {
        switch (_random.Next(26))
        {
            case < 5:
                body.Add(FreshValues());
                break;
            case < 7:
                body.Add(new ConstantNode(Free(), OperandValues.Integer(_random)));
                break;
            case < 10:
                body.Add(FloatControl());
                break;
            case < 13:
                if (callees.Count != 0) body.Add(Call(callees));
                break;
            case 13 or 14:
                AddRewriting(body);
                break;
            case 15:
                var registers = FreeOnes(2);
                body.Add(new DataInCodeNode(registers, _random.Next(2) == 0));
                break;
            case 16:
                if (!_isPermissive) body.Add(new BadCallNode(Free(), _space.BadTargets[_random.Next(_space.BadTargets.Count)]));
                break;
            case 17 or 18:
                AddSpaceChange(body);
                break;
            case 19:
                body.Add(new ChangingCallNode(Free()));
                break;
            case 20:
                // A counter's value becomes visible.
                if (!_options.Interruptible) body.Add(new InstructionsNode(Rv.Csrrs(Free(), _random.Next(2) == 0 ? CsrNumber.Instret : CsrNumber.Cycle, 0)));
                break;
            case 21:
                if (!_options.Interruptible && _options.HasReservations) AddReservation(body);
                break;
            case 22:
                if (_mayEscape && !_isMain) body.Add(new EscapeNode(Condition(), Free()));
                break;
            case 23:
                AddFloatStatus(body);
                break;
            default:
                AddOwnInterrupt(body);
                break;
        }
    }

    private FreshValuesNode FreshValues()
    {
        var temporary = Free();
        var loads = new uint[_random.Next(1, 5)];
        for (var i = 0; i < loads.Length; i++)
        {
            var offset = _random.Next(255) * 8;
            loads[i] = _random.Next(6) switch
            {
                0 => Rv.Lw(OtherThan(temporary), temporary, offset),
                1 or 2 => Rv.Ld(OtherThan(temporary), temporary, offset),
                3 => Rv.I(offset, temporary, 2, _random.Next(32), 0x07), // flw
                _ => Rv.I(offset, temporary, 3, _random.Next(32), 0x07), // fld
            };
        }
        return new FreshValuesNode(temporary, _random.Next(3, 7), loads);
    }

    /// <summary>The rounding mode changes, or flags are read and cleared.</summary>
    private InstructionsNode FloatControl() => new(_random.Next(6) switch
    {
        0 or 1 => Rv.I(CsrNumber.Frm, _random.Next(8) == 0 ? _random.Next(8) : _random.Next(5), 5, 0, 0x73), // csrwi
        2 => Rv.Csrrw(Free(), CsrNumber.Fflags, 0),
        3 => Rv.Csrrs(Free(), CsrNumber.Fflags, 0),
        4 => Rv.I(CsrNumber.Fflags, _random.Next(32), 6 + (uint)_random.Next(2), Free(), 0x73), // csrrsi, csrrci
        _ => Rv.Csrrs(Free(), CsrNumber.Fcsr, 0),
    });

    /// <summary>An instruction that the program rewrites, and what rewrites it, in either order.</summary>
    private void AddRewriting(List<Node> body)
    {
        var site = _site++;
        uint first = Replaceable(), second = Replaceable();
        var rewrite = new RewriteNode(site, first ^ second, _random.Next(3) == 0, FreeOnes(3), Condition());
        var before = _random.Next(2) == 0;
        if (before) body.Add(rewrite);
        for (var i = _random.Next(4); i > 0; i--) body.Add(new InstructionsNode([_instructions.Next(InstructionMix.Integer)], _random.Next(6)));
        body.Add(new SiteNode(site, first, Rv.Addi(Free(), Free(), 1)));
        if (!before) body.Add(rewrite);
    }

    /// <summary>Something of four bytes that a part can be replaced by.</summary>
    private uint Replaceable()
    {
        int rd = Free(), rs = Free();
        // c.addi rd, immediate: two of them make four bytes.
        var halves = 0x0001u | ((uint)rd << 7) | ((uint)_random.Next(1, 32) << 2);
        return _random.Next(7) switch
        {
            0 => Rv.Addi(rd, rs, _random.Next(-2048, 2048)),
            1 => Rv.Add(rd, rs, Free()),
            2 => Rv.Xori(rd, rs, _random.Next(-2048, 2048)),
            3 => halves | (halves << 16),
            4 => Rv.Branch((uint)_random.Next(2), 0, 0, 8),
            5 => Rv.Jal(0, 8),
            _ => Rv.Ld(rd, Registers.Constants, 8 * _random.Next(255)),
        };
    }

    private void AddSpaceChange(List<Node> body)
    {
        if (!_space.IsPaged) return;
        var space = _random.Next(2);
        var registers = FreeOnes(2);
        switch (_random.Next(4))
        {
            case 0:
                body.Add(new SpaceNode(space, registers[0]));
                break;
            case 1 when _kind != BlockKind.MachineAsUser:
                // The other version of a function takes its place.
                Change(_space.Code + (ProgramLayout.CodePages * ProgramLayout.PageSize), 1ul << 10);
                body.Add(new ChangingCallNode(Free()));
                break;
            case 2:
                // Two pages change places.
                ulong one = Page(), other = Page();
                var difference = _space.Entry(space, one).Value ^ _space.Entry(space, other).Value;
                Change(one, difference);
                Change(other, difference);
                break;
            default:
                Change(Page(), _isPermissive ? SoftwareBit : (ulong)(_random.Next(3) switch { 0 => PageTables.Valid, 1 => PageTables.Write, _ => PageTables.Read | PageTables.Write }));
                break;
        }

        ulong Page() => _space.Window + ((ulong)_random.Next(_isPermissive ? 0 : 2, _space.WindowSize) * ProgramLayout.PageSize);

        void Change(ulong page, ulong bits) =>
            body.Add(new EntryNode(_space.Entry(space, page).Address, page, _space.Asids[space], bits, (SpaceFence)_random.Next(4), registers));
    }

    private void AddReservation(List<Node> body)
    {
        var group = new List<Instruction>();
        _instructions.AddReservation(group);
        body.Add(new InstructionsNode(group, 0));
    }

    /// <summary>FS becomes clean or initial, so that it shows which instruction makes it dirty.</summary>
    private void AddFloatStatus(List<Node> body)
    {
        var privilege = RandomState.PrivilegeOf(_kind);
        if (privilege == 0 || _kind == BlockKind.MachineAsUser) return;
        var status = privilege == 3 ? CsrNumber.Mstatus : CsrNumber.Sstatus;
        var register = Free();
        body.Add(new InstructionsNode(Rv.Lui(register, 6), Rv.Csrrc(0, status, register), Rv.Lui(register, _random.Next(8) == 0 ? 0 : 2 * _random.Next(1, 4)), Rv.Csrrs(0, status, register)));
    }

    /// <summary>The program interrupts itself, if that interrupt comes to its mode: at once, before the next instruction.</summary>
    private void AddOwnInterrupt(List<Node> body)
    {
        var privilege = RandomState.PrivilegeOf(_kind);
        if (privilege == 0) return;
        var isMachine = privilege == 3;
        var register = Free();
        uint[] steps =
        [
            Rv.Csrrs(0, isMachine ? CsrNumber.Mie : CsrNumber.Sie, register), Rv.Csrrs(0, isMachine ? CsrNumber.Mip : CsrNumber.Sip, register),
            Rv.I(isMachine ? CsrNumber.Mstatus : CsrNumber.Sstatus, isMachine ? 8 : 2, 6, 0, 0x73), // csrsi
        ];
        _random.Shuffle(steps);
        body.Add(new InstructionsNode([Rv.Addi(register, 0, isMachine ? 2 << (4 * _random.Next(3)) : 2), .. steps]));
    }

    private int[] FreeOnes(int count)
    {
        var chosen = new HashSet<int>();
        while (chosen.Count < count) chosen.Add(Free());
        return [.. chosen];
    }
}
