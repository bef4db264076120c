using System.Globalization;
using Mimus.Boards;
using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Isa.RiscV;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Machines;

/// <summary>A whole machine with its threads, run by the engine under test, until its program comes to where it ends.</summary>
internal sealed class VmMachine : IDisposable
{
    public const ulong RamSize = 2 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ulong _ramSize;
    private readonly TaskCompletionSource<VmStop> _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public VmMachine(Engine engine, int harts = 1, ulong ramSize = RamSize, CountedTime? time = null)
    {
        Engine = engine;
        _ramSize = ramSize;
        var configuration = new MachineConfiguration { MemoryBytes = ramSize, Firmware = "none", CpuModel = "max,sscofpmf=off", Cpus = harts };
        Vm = Vm.Create(configuration, BoardCatalog.RiscV, new VmOptions { Accelerator = engine.Create, CountedTime = time });
        Vm.VcpuStopped += stop =>
        {
            if (stop.Exit != VcpuExit.Counted) _stop.TrySetResult(stop);
        };
    }

    public Engine Engine { get; }

    public Vm Vm { get; }

    public RiscVHart Hart => (RiscVHart)Vm.Machine.Cpus[0];

    /// <summary>Whether the program has come to its end.</summary>
    public bool HasStopped => _stop.Task.IsCompleted;

    /// <summary>Puts memory and the first hart into the state in which a program begins.</summary>
    public void Prepare(ProgramImage image)
    {
        Write(BareMachine.RamStart, new byte[RamSize]);
        foreach (var (address, page) in image.Pages) Write(address, page);
        image.SetRegisters(Hart);
        EndAt(image.Stop, image.Lost);
        Vm.ForgetCode();
    }

    /// <summary>Puts a program at the start of memory, where all harts begin.</summary>
    public void Prepare(byte[] code, ulong end)
    {
        Write(BareMachine.RamStart, new byte[RamSize]);
        Write(BareMachine.RamStart, code);
        EndAt(end);
        Vm.ForgetCode();
    }

    /// <summary>Where the program ends. No part of a machine's state.</summary>
    public void EndAt(params ulong[] addresses) => Vm.Debug.Breakpoints = addresses;

    /// <summary>Runs to the program's end; the result says why it did not get there, or is null.</summary>
    public string? RunToEnd()
    {
        Vm.Resume();
        return WaitForEnd();
    }

    /// <summary>Runs to the program's end, or fails the test.</summary>
    public void MustEnd()
    {
        var failure = RunToEnd();
        Assert.True(failure is null, failure);
    }

    public string? WaitForEnd()
    {
        if (!_stop.Task.Wait(s_patience)) return string.Create(CultureInfo.InvariantCulture, $"{Engine} does not come to the end{Where()}");
        // The machine is at rest when this returns.
        Vm.Pause();
        var stop = _stop.Task.Result;
        if (stop.Exit == VcpuExit.Breakpoint && Vm.Debug.Breakpoints.First() == ((RiscVHart)Vm.Machine.Cpus[stop.CpuIndex]).ProgramCounter) return null;
        return $"{Engine} ends with {stop} {Vm.Failure}{Where()}";
    }

    public ulong Read64(ulong address) => Vm.Machine.Memory.TryRead<ulong>(new GuestAddress(address), out var value)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(address));

    public void Write64(ulong address, ulong value) => Write(address, BitConverter.GetBytes(value));

    public byte[] Memory()
    {
        var memory = new byte[_ramSize];
        if (!Vm.Machine.Memory.TryRead(new GuestAddress(BareMachine.RamStart), memory.AsSpan())) throw new InvalidOperationException("the memory is smaller");
        return memory;
    }

    public void Dispose() => Vm.Dispose();

    private void Write(ulong address, ReadOnlySpan<byte> data)
    {
        if (!Vm.Machine.Memory.TryWrite(new GuestAddress(address), data)) throw new ArgumentOutOfRangeException(nameof(address));
    }

    private string Where()
    {
        Vm.Pause();
        return string.Concat(Vm.Machine.Cpus.Select(c => string.Create(CultureInfo.InvariantCulture, $"; {c.Name} is at 0x{c.ProgramCounter:x}")));
    }
}
