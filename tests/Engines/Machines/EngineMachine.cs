using System.Globalization;
using System.Runtime.InteropServices;
using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Isa.RiscV;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Machines;

/// <summary>One hart with two megabytes of memory and a <see cref="ProbeDevice"/>, run by the engine under test.</summary>
internal sealed class EngineMachine : IDisposable
{
    /// <summary>The name of memory that holds page tables.</summary>
    public const string Tables = "page tables";

    /// <summary>The hart's input for software interrupts in machine mode.</summary>
    public const int MachineSoftware = 3;

    private const int PageSize = 4096;
    private const int MaximumMemoryLines = 12;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly byte[] _zeroes = new byte[PageSize];
    private readonly BareMachine _machine;
    private readonly VcpuWorker _worker;

    public EngineMachine(Engine engine)
    {
        Engine = engine;
        var accelerator = engine.Create();
        _machine = new BareMachine(new RiscVConfiguration { Extensions = InstructionGenerator.Extensions }, accelerator: accelerator);
        _machine.Bus.Map(new AddressRange(ProbeDevice.Address, ProbeDevice.Size), Device);
        _worker = new VcpuWorker(_machine.Vcpu);
    }

    public Engine Engine { get; }

    public ProbeDevice Device { get; } = new();

    public RiscVHart Hart => _machine.Hart;

    public ulong Retired => _machine.Hart.Registers.Retired;

    private Span<byte> Ram => _machine.Ram.Bytes(0, (int)_machine.Ram.Range.Length);

    private ReadOnlySpan<byte> Registers => MemoryMarshal.AsBytes(new ReadOnlySpan<RiscVState>(in _machine.Hart.Registers));

    public ulong Read64(ulong address) => _machine.Read64(address);

    /// <summary>Runs a program from its start to its end; the result says why it did not get there, or is null.</summary>
    public string? Run(ProgramImage image)
    {
        Prepare(image);
        return Wait(Start(), image);
    }

    /// <summary>Puts memory and registers into the state in which the program begins.</summary>
    public void Prepare(ProgramImage image)
    {
        for (var at = 0; at < Ram.Length; at += PageSize)
        {
            var wanted = image.Pages.TryGetValue(BareMachine.RamStart + (ulong)at, out var page) ? page : _zeroes;
            var here = Ram.Slice(at, PageSize);
            if (!here.SequenceEqual(wanted)) wanted.CopyTo(here);
        }
        _machine.Memory.Reservations.Clear();
        Hart.SetLine(MachineSoftware, high: false);
        image.SetRegisters(Hart);
        Device.Reset();
        _machine.Debug.Breakpoints = [image.Stop, image.Lost];
        _machine.Vcpu.Forget();
    }

    /// <summary>Runs a program instruction by instruction; false when it has not come to its end after so many.</summary>
    public bool RunBySteps(ProgramImage image, int limit)
    {
        Prepare(image);
        for (var i = 0; i < limit; i++)
        {
            if (Hart.ProgramCounter == image.Stop) return true;
            _machine.Vcpu.Step();
        }
        return false;
    }

    /// <summary>Whether memory at these addresses is what the program began with.</summary>
    public bool IsUnchanged(ProgramImage image, ulong start, int pages)
    {
        for (var i = 0; i < pages; i++)
        {
            var address = start + (ulong)(i * PageSize);
            if (!_machine.Bytes(address, PageSize).SequenceEqual(image.Pages.GetValueOrDefault(address, _zeroes))) return false;
        }
        return true;
    }

    public Task<VcpuExit> Start() => _worker.Start();

    public string? Wait(Task<VcpuExit> run, ProgramImage image)
    {
        VcpuExit? exit;
        try
        {
            exit = _worker.Wait(run, s_patience);
        }
        catch (AggregateException e)
        {
            return $"{Engine} throws {e.InnerException}";
        }
        var pc = Hart.ProgramCounter;
        if (exit == VcpuExit.Breakpoint && pc == image.Stop) return null;
        return string.Create(CultureInfo.InvariantCulture, $"{Engine} does not come to the end but is at 0x{pc:x}{(pc == image.Lost ? ", which is where lost programs go" : "")} ({exit?.ToString() ?? "it took too long"}), mcause 0x{Hart.Registers.Mcause:x}, mepc 0x{Hart.Registers.Mepc:x}, mtval 0x{Hart.Registers.Mtval:x} {_machine.Vcpu.Failure}");
    }

    /// <summary>What differs between this machine and another after both have run the same program; null when nothing does.</summary>
    /// <param name="other">The machine that is right.</param>
    /// <param name="nameOf">What is where in memory.</param>
    /// <param name="retiredMore">How many instructions more this machine has carried out, rightly.</param>
    /// <param name="ignored">Addresses whose contents do not matter.</param>
    public string? DifferenceFrom(EngineMachine other, Func<ulong, string> nameOf, ulong retiredMore = 0, AddressRange? ignored = null)
    {
        var lines = new List<string>();
        foreach (var field in StateField.All)
        {
            ulong mine = field.Read(Registers), theirs = field.Read(other.Registers) + (field == StateField.Retired ? retiredMore : 0);
            if (mine != theirs) lines.Add(Line(field.Name, mine, theirs));
        }
        if (Device.Digest != other.Device.Digest) lines.Add(Line("device digest", Device.Digest, other.Device.Digest));
        AddMemory(lines, other, nameOf, ignored);
        return lines.Count == 0 ? null : string.Join('\n', lines);

        string Line(string name, ulong mine, ulong theirs) =>
            string.Create(CultureInfo.InvariantCulture, $"  {name,-24} {Engine} 0x{mine:x16}   {other.Engine} 0x{theirs:x16}");
    }

    public void Dispose()
    {
        _worker.Dispose();
        _machine.Dispose();
    }

    private void AddMemory(List<string> lines, EngineMachine other, Func<ulong, string> nameOf, AddressRange? ignored)
    {
        if (Ram.SequenceEqual(other.Ram)) return;
        ReadOnlySpan<ulong> mine = MemoryMarshal.Cast<byte, ulong>(Ram), theirs = MemoryMarshal.Cast<byte, ulong>(other.Ram);
        var more = 0;
        for (var i = 0; i < mine.Length; i++)
        {
            var address = BareMachine.RamStart + ((ulong)i * 8);
            if (mine[i] == theirs[i] || ignored?.Contains(address, 8) == true) continue;
            // In page tables a bit may say accessed where the reference has none: that may be set by speculation (Privileged manual,
            // section 12.3.1).
            if ((mine[i] & ~PageTables.Accessed) == theirs[i] && nameOf(address) == Tables) continue;
            if (++more <= MaximumMemoryLines)
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"  memory 0x{address:x} ({nameOf(address)}) {Engine} 0x{mine[i]:x16}   {other.Engine} 0x{theirs[i]:x16}"));
        }
        if (more > MaximumMemoryLines) lines.Add($"  and {more - MaximumMemoryLines} more places in memory");
    }
}
