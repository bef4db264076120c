using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Mimus.Differential.Tests.Targets;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Differential.Tests;

/// <summary>Runs blocks on Mimus, one instruction after the other and at full speed, and on another target, and compares.</summary>
internal sealed class BlockRunner(MimusTarget mimus, IRiscVTarget other)
{
    /// <summary>
    /// The other target ends elsewhere when it runs than when it is stepped, where it does as Mimus does both ways: its own fault.
    /// </summary>
    public const string OtherDiffersFromItself = "the other target runs in one way and steps in another";

    private const int PageSize = 4096;
    private const ulong RamStart = 0x8000_0000, RamSize = 2 << 20;

    private readonly byte[] _image = new byte[RamSize], _stepped = new byte[RamSize], _run = new byte[RamSize];

    /// <summary>The other target's pages that are not zero: writing only those saves most of the traffic.</summary>
    private readonly HashSet<ulong> _touched = [];

    /// <summary>How often each instruction ran.</summary>
    public Dictionary<string, int> Coverage { get; } = [];

    public BlockResult Run(RandomBlock block)
    {
        Array.Clear(_image);
        foreach (var (address, page) in block.Pages) page.CopyTo(_image, (int)(address - RamStart));

        // First by steps, which finds out whether the block ends and counts what ran.
        var executed = 0;
        Prepare(mimus, block);
        mimus.OnStep = pc =>
        {
            if (pc - block.CodeStart >= (ulong)block.CodeSize) return;
            executed++;
            Count(block, (int)(pc - block.CodeStart));
        };
        if (!mimus.RunByStepping(Harness.Stop)) return new BlockResult(0, Skipped: "runs in circles");
        var expected = mimus.GetState();
        mimus.Read(RamStart, _stepped);
        if (MetDevice() is { } met) return new BlockResult(0, met);
        // Whether the old or the new code runs before an instruction fence is the implementation's choice.
        var code = (int)(Harness.Block - RamStart);
        if (!_stepped.AsSpan(code, Harness.BlockPages * PageSize).SequenceEqual(_image.AsSpan(code, Harness.BlockPages * PageSize)))
            return new BlockResult(0, "changes its own code");

        Prepare(mimus, block);
        if (!mimus.Run(Harness.Stop)) return Differs(block, "Mimus does not come to the end when it is not stepped", executed);
        var atSpeed = mimus.GetState().DifferencesFrom(expected, "running", "stepping");
        mimus.Read(RamStart, _run);
        if (atSpeed.Count != 0 || !_run.AsSpan().SequenceEqual(_stepped))
            return Differs(block, $"Mimus differs from itself when it is stepped:\n{string.Join('\n', atSpeed)}\n{MemoryDifference(_run, "running", _stepped, "stepping")}", executed);

        Prepare(other, block);
        var arrived = other.Run(Harness.Stop);
        var differences = expected.DifferencesFrom(other.GetState(), mimus.Name, other.Name);
        var memory = DifferingMemory();
        if (arrived && memory is null && differences.Count == 0) return new BlockResult(executed);
        var end = $"{(arrived ? "" : $"{other.Name} does not come to the end\n")}{string.Join('\n', differences)}\n{memory}";
        var located = Locate(block, out var sameWhenStepped);
        if (sameWhenStepped) return new BlockResult(executed, OtherDiffersFromItself, Note: $"seed {block.Seed}, {block.Kind}:\n{end}");
        return Differs(block, located ?? $"it does not show when both are stepped; at the end:\n{end}", executed);
    }

    private void Prepare(IRiscVTarget target, RandomBlock block)
    {
        if (ReferenceEquals(target, mimus)) target.Write(RamStart, _image);
        else
        {
            foreach (var stale in _touched.Where(a => !block.Pages.ContainsKey(a)).ToList())
            {
                target.Write(stale, new byte[PageSize]);
                _touched.Remove(stale);
            }
            foreach (var (address, page) in block.Pages)
            {
                target.Write(address, page);
                _touched.Add(address);
            }
        }
        target.SetState(block.State);
    }

    /// <summary>Compares the pages that the block has, and those that it changed on Mimus.</summary>
    private string? DifferingMemory()
    {
        var page = new byte[PageSize];
        string? difference = null;
        for (ulong at = 0; at < RamSize; at += PageSize)
        {
            var here = _stepped.AsSpan((int)at, PageSize);
            if (!_touched.Contains(RamStart + at) && here.SequenceEqual(_image.AsSpan((int)at, PageSize))) continue;
            _touched.Add(RamStart + at);
            other.Read(RamStart + at, page);
            if (!IsSamePage(RamStart + at, here, page)) difference ??= MemoryDifference(here.ToArray(), mimus.Name, page, other.Name, RamStart + at);
        }
        return difference;
    }

    /// <summary>
    /// In page tables a bit may be set that says accessed where Mimus has none: that bit may be set by speculation (Privileged manual,
    /// section 12.3.1), and QEMU sets it for some accesses that then fault.
    /// </summary>
    private static bool IsSamePage(ulong address, ReadOnlySpan<byte> here, ReadOnlySpan<byte> there)
    {
        if (here.SequenceEqual(there)) return true;
        if (address < Harness.Tables) return false;
        ReadOnlySpan<ulong> ours = MemoryMarshal.Cast<byte, ulong>(here), theirs = MemoryMarshal.Cast<byte, ulong>(there);
        for (var i = 0; i < ours.Length; i++)
        {
            if ((ours[i] | PageTables.Accessed) != (theirs[i] | PageTables.Accessed) || (ours[i] & ~theirs[i]) != 0) return false;
        }
        return true;
    }

    /// <summary>The other machine has devices around its memory, Mimus here has none: such a block cannot be compared.</summary>
    private string? MetDevice()
    {
        for (var at = (int)(Harness.Log - RamStart); at < (int)(Harness.Log - RamStart) + (Harness.LogPages * PageSize); at += 64)
        {
            foreach (var (cause, value) in new[] { (at, at + 16), (at + 32, at + 48) })
            {
                if (BitConverter.ToUInt64(_stepped, cause) is 1 or 5 or 7 && BitConverter.ToUInt64(_stepped, value) is (> 0 and < RamStart) or (> RamStart + RamSize and < 1ul << 40))
                    return "reaches addresses where the other machine has devices";
            }
        }
        return null;
    }

    /// <summary>Steps both to the first instruction after which they differ.</summary>
    private string? Locate(RandomBlock block, out bool sameToTheEnd)
    {
        sameToTheEnd = false;
        Prepare(mimus, block);
        Prepare(other, block);
        byte[] here = new byte[PageSize], there = new byte[PageSize];
        var before = mimus.GetState();
        var trail = new Queue<string>();
        for (var step = 0; before.Pc != Harness.Stop && step < 20_000; step++)
        {
            if (trail.Count == 12) trail.Dequeue();
            trail.Enqueue(Mention(block, before.Pc));
            mimus.Step();
            other.Step();
            RiscVSnapshot ours = mimus.GetState(), theirs = other.GetState();
            var differences = ours.DifferencesFrom(theirs, mimus.Name, other.Name);
            if (differences.Count != 0) return Describe(block, before, trail, string.Join('\n', differences));
            // The page that a difference of memory shows in, once the registers are the same.
            foreach (var address in _touched.Where(a => a is (>= Harness.Window and < Harness.Window + 0x4000) or >= Harness.Tables))
            {
                mimus.Read(address, here);
                other.Read(address, there);
                if (!IsSamePage(address, here, there)) return Describe(block, before, trail, MemoryDifference(here, mimus.Name, there, other.Name, address));
            }
            before = ours;
        }
        sameToTheEnd = before.Pc == Harness.Stop && DifferingMemory() is null;
        return null;
    }

    private static string Mention(RandomBlock block, ulong pc)
    {
        if (pc - block.CodeStart >= (ulong)block.CodeSize) return "*";
        var (word, length) = WordAt(block, (int)(pc - block.CodeStart));
        return InstructionGenerator.NameOf(word, length);
    }

    private static string Describe(RandomBlock block, RiscVSnapshot before, IEnumerable<string> trail, string differences)
    {
        var offset = before.Pc - block.CodeStart;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{string.Join(' ', trail)}\n  at 0x{before.Pc:x} in mode {before.Privilege}: ");
        if (offset < Harness.BlockPages * PageSize)
        {
            var (word, length) = WordAt(block, (int)offset);
            var name = InstructionGenerator.NameOf(word, length);
            text.Append(CultureInfo.InvariantCulture, $"{name}  0x{(length == 2 ? $"{word:x4}" : $"{word:x8}")}\n");
            foreach (var (label, register) in new[] { ("rd", word >> 7), ("rs1", word >> 15), ("rs2", word >> 20), ("rs3", word >> 27) })
            {
                var r = (int)(register & 31);
                text.Append(CultureInfo.InvariantCulture, $"  before: {label}? x{r}=0x{before.X[r]:x} f{r}=0x{before.F[r]:x}\n");
            }
            foreach (var (i, csr) in ComparedCsr.All.Index())
            {
                if (csr.Name is "mstatus" or "satp" or "menvcfg" or "senvcfg" or "frm" or "fflags")
                    text.Append(CultureInfo.InvariantCulture, $"  before: {csr.Name}=0x{before.Csrs[i]:x}\n");
            }
        }
        else text.Append("outside of the block\n");
        return text.Append(differences).ToString();
    }

    private static string MemoryDifference(byte[] here, string name, byte[] there, string otherName, ulong start = RamStart)
    {
        for (var at = 0; at < here.Length; at += 8)
        {
            ulong a = BitConverter.ToUInt64(here, at), b = BitConverter.ToUInt64(there, at);
            if (a != b) return string.Create(CultureInfo.InvariantCulture, $"  memory 0x{start + (ulong)at:x} {name} 0x{a:x16}   {otherName} 0x{b:x16}");
        }
        return "";
    }

    private static (uint Word, int Length) WordAt(RandomBlock block, int offset)
    {
        ushort first = Half(offset);
        return (first & 3) == 3 ? (first | ((uint)Half(offset + 2) << 16), 4) : (first, 2);

        ushort Half(int at) => block.Pages.TryGetValue(Harness.Block + ((ulong)at & ~0xffful), out var page)
            ? BitConverter.ToUInt16(page, at & 0xffe)
            : (ushort)0;
    }

    private static BlockResult Differs(RandomBlock block, string what, int executed) =>
        new(executed, Difference: $"seed {block.Seed}, {block.Kind}: {what}");

    private void Count(RandomBlock block, int offset)
    {
        var (word, length) = WordAt(block, offset);
        var name = InstructionGenerator.NameOf(word, length);
        Coverage[name] = Coverage.GetValueOrDefault(name) + 1;
    }
}
