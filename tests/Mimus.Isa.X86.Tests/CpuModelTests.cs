using Mimus.Isa.X86.Tests.Machines;

namespace Mimus.Isa.X86.Tests;

/// <summary>Processor models by name, with features added and removed.</summary>
public sealed class CpuModelTests
{
    [Fact]
    public void A_model_can_gain_and_lose_features()
    {
        Assert.True(CpuModels.TryParse("qemu64,+popcnt,-sse3,bmi1=on,nx=off", out var model, out _));
        Assert.True(model.Has(X86Feature.Popcnt) && model.Has(X86Feature.Bmi1) && model.Has(X86Feature.LongMode));
        Assert.False(model.Has(X86Feature.Sse3) || model.Has(X86Feature.Nx));
    }

    [Theory]
    [InlineData("i999", "no processor model 'i999'")]
    [InlineData("486,+speed", "no processor feature 'speed'")]
    [InlineData("max,+monitor", "'monitor' is not there yet")]
    [InlineData("max,avx", "write +feature or -feature")]
    public void What_is_wrong_with_a_model_is_said(string text, string expected)
    {
        Assert.False(CpuModels.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_old_processor_does_not_know_new_instructions()
    {
        Assert.True(CpuModels.TryParse("486", out var old, out _));
        var mode = new CodeMode(32, 32, true);
        byte[] moveIf = [0x0f, 0x44, 0xc1], reverse = [0x0f, 0xc8];
        Assert.Equal(DecodeResult.Invalid, new InstructionDecoder(old).Decode(moveIf, mode, out _, out _));
        Assert.Equal(DecodeResult.Decoded, new InstructionDecoder(old).Decode(reverse, mode, out _, out _));
        Assert.Equal(DecodeResult.Decoded, new InstructionDecoder(CpuModels.Max).Decode(moveIf, mode, out _, out _));
    }

    /// <summary>What a model lacks is no instruction, whatever else it could mean.</summary>
    [Theory]
    [InlineData("x86-64-v2", "c5f058c2")] // vaddps xmm0,xmm1,xmm2
    [InlineData("x86-64-v2", "c4e271b8c2")] // vfmadd231ps xmm0,xmm1,xmm2
    [InlineData("x86-64-v3,-fma", "c4e271b8c2")]
    [InlineData("x86-64-v3", "0f38c8c1")] // sha1nexte xmm0,xmm1
    [InlineData("max,-mmx", "0ffcc1")] // paddb mm0,mm1
    [InlineData("qemu64", "c4e27913c1")] // vcvtph2ps xmm0,xmm1
    public void An_instruction_of_a_feature_that_a_model_lacks_is_invalid(string name, string bytes)
    {
        Assert.True(CpuModels.TryParse(name, out var model, out _));
        var mode = new CodeMode(64, 64, true);
        Assert.Equal(DecodeResult.Invalid, new InstructionDecoder(model).Decode(Convert.FromHexString(bytes), mode, out _, out _));
        Assert.Equal(DecodeResult.Decoded, new InstructionDecoder(CpuModels.Max).Decode(Convert.FromHexString(bytes), mode, out _, out _));
    }

    [Theory]
    [InlineData(1, 0u, 1u)]
    [InlineData(2, 1u, 2u)]
    [InlineData(6, 3u, 6u)]
    public void All_leaves_tell_the_same_number_of_processors(int count, uint bits, uint expected)
    {
        using var machine = new TestMachine();
        machine.Cpu.ProcessorCount = count;
        Assert.Equal(expected, (CpuIdentification.Leaf(machine.Cpu, 1, 0).B >> 16) & 0xff);
        Assert.Equal(count > 1, (CpuIdentification.Leaf(machine.Cpu, 1, 0).D & (1 << 28)) != 0);
        Assert.Equal(expected - 1, CpuIdentification.Leaf(machine.Cpu, 0x80000008, 0).C);
        var cores = CpuIdentification.Leaf(machine.Cpu, 0xb, 1);
        Assert.Equal((bits, expected, 0x201u), (cores.A, cores.B, cores.C));
        Assert.Equal(0u, CpuIdentification.Leaf(machine.Cpu, 0x40000000, 0).A);
    }
}
