using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using Mimus.TestSupport;
using Xunit.Abstractions;

namespace Mimus.Isa.X86.Tests.Host;

/// <summary>The host CPU is the oracle for what a program can do: random instructions with random operands.</summary>
public sealed class HostCpuTests(ITestOutputHelper output)
{
    private const int CasesPerInstruction = 60, FairShare = 60;

    [Fact]
    public void General_instructions_do_what_the_host_does() => Compare(1_200_000, IsGeneral);

    [Fact]
    public void Vector_instructions_do_what_the_host_does() => Compare(600_000, static instruction => IsVector(instruction) && instruction.Encoding == EncodingKind.Legacy);

    [Fact]
    public void Avx_instructions_do_what_the_host_does() => Compare(900_000, static instruction => IsVector(instruction) && instruction.Encoding == EncodingKind.VEX, onlyVex: true);

    [Fact]
    public void X87_instructions_do_what_the_host_does() => Compare(200_000, IsExactLegacyFloat, withLegacyFloats: true);

    [Fact]
    public void General_instructions_do_the_same_translated() => Compare(600_000, IsGeneral, isTranslated: true);

    [Fact]
    public void Vector_instructions_do_the_same_translated() => Compare(300_000, static instruction => IsVector(instruction) && instruction.Encoding == EncodingKind.Legacy, isTranslated: true);

    [Fact]
    public void Avx_instructions_do_the_same_translated() => Compare(300_000, static instruction => IsVector(instruction) && instruction.Encoding == EncodingKind.VEX, onlyVex: true, isTranslated: true);

    [Fact]
    public void Mmx_instructions_do_the_same_translated() => Compare(60_000, UsesMmx, withLegacyFloats: true, isTranslated: true);

    [Fact]
    public void X87_instructions_do_the_same_translated() => Compare(60_000, IsExactLegacyFloat, withLegacyFloats: true, isTranslated: true);

    [Fact]
    public void Mmx_instructions_do_what_the_host_does() => Compare(200_000, UsesMmx, withLegacyFloats: true);

    private static bool UsesMmx(Instruction instruction)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register && instruction.GetOpRegister(i).IsMM()) return true;
        }
        return instruction.Mnemonic is Mnemonic.Emms or Mnemonic.Cvtpi2ps or Mnemonic.Cvtpi2pd;
    }

    /// <summary>The last places of these are each processor's own.</summary>
    private static readonly HashSet<Mnemonic> s_approximate =
    [
        Mnemonic.F2xm1, Mnemonic.Fyl2x, Mnemonic.Fyl2xp1, Mnemonic.Fptan, Mnemonic.Fpatan, Mnemonic.Fsin, Mnemonic.Fcos, Mnemonic.Fsincos,
    ];

    private static bool IsLegacyFloat(Instruction instruction) => instruction.Mnemonic.ToString()[0] == 'F' && instruction.CpuidFeatures.Any(f => f is CpuidFeature.FPU or CpuidFeature.FPU287 or CpuidFeature.FPU387
        || (f == CpuidFeature.SSE3 && instruction.Mnemonic == Mnemonic.Fisttp));

    private static bool IsExactLegacyFloat(Instruction instruction) => IsLegacyFloat(instruction) && !s_approximate.Contains(instruction.Mnemonic);

    private static bool IsVector(Instruction instruction) => !IsGeneral(instruction) && !IsLegacyFloat(instruction) && !UsesMmx(instruction);

    private static bool IsGeneral(Instruction instruction)
    {
        if (IsLegacyFloat(instruction) || UsesMmx(instruction)) return false;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register && !instruction.GetOpRegister(i).IsGPR()) return false;
        }
        return true;
    }

    private void Compare(long cases, Func<Instruction, bool> accepts, bool withLegacyFloats = false, bool onlyVex = false, bool isTranslated = false)
    {
        if (!Avx2.IsSupported || Environment.OSVersion.Platform != PlatformID.Unix) return;
        cases = FuzzBudget.Or(cases);
        var seed = TestSeed.Value;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var generator = new InstructionGenerator(random, onlyVex);
        using var comparison = new HostComparison(random, withLegacyFloats, isTranslated);
        var failures = new SortedDictionary<string, string>();
        var counts = new SortedDictionary<string, int>();
        while (comparison.Compared < cases)
        {
            var bytes = generator.Next(accepts, out var instruction);
            var name = instruction.Mnemonic.ToString();
            // The encodings that random bytes hit most often must not take all the time.
            if (failures.ContainsKey(instruction.Code.ToString()) || counts.GetValueOrDefault(name) > cases / FairShare) continue;
            counts[name] = counts.GetValueOrDefault(name) + CasesPerInstruction;
            if (comparison.Run(bytes, instruction, CasesPerInstruction) is { } difference) failures[instruction.Code.ToString()] = difference;
        }
        output.WriteLine($"{comparison.Compared} cases compared, {comparison.Faulted} faulted; {counts.Count} names: {string.Join(' ', counts.Select(c => $"{c.Key}:{c.Value}"))}");
        Assert.True(failures.Count == 0, $"seed {seed}: {failures.Count} encodings differ\n{string.Join("\n", failures.Values.Take(40))}");
    }
}
