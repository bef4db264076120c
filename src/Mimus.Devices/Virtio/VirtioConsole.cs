using System.Buffers.Binary;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Virtio;

/// <summary>The virtio console device (virtio 1.2, 5.3) with one port.</summary>
public sealed class VirtioConsole : VirtioDevice, IConsoleReceiver
{
    /// <summary>The device type's number (chapter 5).</summary>
    public const uint Identity = 3;

    private const int QueueSize = 128;
    private const int ReceiveQueue = 0, TransmitQueue = 1; // 5.3.2

    private const ulong FeatureEmergencyWrite = 1 << 2; // 5.3.3
    private const int PortsMaximum = 4, EmergencyWrite = 8, ConfigurationLength = 12; // 5.3.4

    /// <summary>Input that has come and has found no buffer of the driver.</summary>
    private const int InputSize = 256;

    /// <summary>More than this in one buffer is no console output; the rest of it is dropped.</summary>
    private const long OutputMaximum = 1 << 20;

    private readonly IConsole _console;
    private readonly WorkGate _gate = new();
    private readonly VirtQueueWorker _transmitter;
    private readonly VirtChain _receiverChain, _transmitterChain;
    private readonly Lock _inputLock = new();   // before a queue's lock; the console is never called under it
    private readonly Lock _outputLock = new();  // keeps the output in order
    private readonly byte[] _configuration = new byte[ConfigurationLength];

    private readonly byte[] _input = new byte[InputSize];
    private int _count;

    public VirtioConsole(string name, IConsole console, GuestMemory memory, MachineLog log, DeviceWork? work = null)
        : base(name, Identity, 2, QueueSize, memory, log)
    {
        _console = console;
        _receiverChain = new VirtChain(memory);
        _transmitterChain = new VirtChain(memory);
        _transmitter = new VirtQueueWorker(Queues[TransmitQueue], _gate, work ?? DeviceWork.OnThreadPool, SendNext);
        BinaryPrimitives.WriteUInt32LittleEndian(_configuration.AsSpan(PortsMaximum), 1);
        console.Attach(this);
    }

    public int InputRoom
    {
        get
        {
            lock (_inputLock) return InputSize - _count;
        }
    }

    protected override ulong TypeFeatures => FeatureEmergencyWrite;

    protected override ReadOnlySpan<byte> Configuration => _configuration;

    public void Receive(ReadOnlySpan<byte> data)
    {
        lock (_inputLock)
        {
            var taken = Math.Min(data.Length, InputSize - _count);
            data[..taken].CopyTo(_input.AsSpan(_count));
            _count += taken;
        }
        Notify(ReceiveQueue); // as if the driver had notified: there may be buffers
    }

    public override void WriteConfiguration(ulong offset, ReadOnlySpan<byte> data)
    {
        // 5.3.4: works before the driver has set anything up.
        if (offset == EmergencyWrite && !data.IsEmpty) _console.Write(data[..1]);
    }

    public override void Drain() => _gate.WaitUntilIdle();

    protected override void OnNotify(VirtQueue queue)
    {
        if (queue.Index == ReceiveQueue) Deliver(queue);
        else _transmitter.Schedule();
    }

    protected override void OnReset()
    {
        lock (_inputLock)
        {
            Array.Clear(_input);
            _count = 0;
        }
    }

    protected override void TypeState(StateVisitor v)
    {
        v.Bytes(10, "input", _input);
        v.Field(11, "input-count", ref _count, InputSize);
    }

    /// <summary>Passes the little input that waits to the driver's buffers, on the thread that brought the one or the other.</summary>
    private void Deliver(VirtQueue queue)
    {
        var wanted = false;
        lock (_inputLock)
        {
            // Notifications matter only while input waits for a buffer; TryRest asks for them then.
            while (_count > 0)
            {
                if (!queue.TryPop(_receiverChain))
                {
                    if (queue.TryRest()) break;
                    continue;
                }
                if (_receiverChain.WritableLength == 0)
                {
                    Fail("a buffer for input that cannot be written");
                    break;
                }
                var taken = (int)Math.Min(_count, _receiverChain.WritableLength);
                _receiverChain.TryWrite(0, _input.AsSpan(0, taken));
                wanted |= _count == InputSize;
                _count -= taken;
                _input.AsSpan(taken, _count).CopyTo(_input);
                _input.AsSpan(_count).Clear();
                Complete(queue, _receiverChain, (uint)taken);
            }
        }
        if (wanted) _console.InputWanted();
    }

    private bool SendNext(VirtQueueWorker worker)
    {
        lock (_outputLock)
        {
            if (!worker.Queue.TryPop(_transmitterChain)) return false;
            var position = _transmitterChain.Seek(writable: false, 0);
            var left = Math.Min(_transmitterChain.ReadableLength, OutputMaximum);
            while (left > 0 && _transmitterChain.TryNext(ref position, left, out var part))
            {
                _console.Write(part.Span);
                left -= part.Length;
            }
            Complete(worker.Queue, _transmitterChain, 0);
            return true;
        }
    }
}
