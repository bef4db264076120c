using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;

namespace Mimus.Devices.Virtio;

/// <summary>The virtio entropy device (virtio 1.2, 5.4): fills the driver's buffers with random bytes.</summary>
public sealed class VirtioEntropy : VirtioDevice
{
    /// <summary>The device type's number (chapter 5).</summary>
    public const uint Identity = 4;

    private const int QueueSize = 64;

    /// <summary>A driver gets at most so much for one buffer, as the device may give less than was asked for (5.4.6.1).</summary>
    private const int BytesPerRequest = 4096;

    private readonly IEntropySource _source;
    private readonly VirtQueueWorker _worker;
    private readonly WorkGate _gate = new();
    private readonly Lock _lock = new(); // one request at a time, so that a seeded source gives one order
    private readonly VirtChain _chain;

    public VirtioEntropy(string name, IEntropySource source, GuestMemory memory, MachineLog log, DeviceWork? work = null)
        : base(name, Identity, 1, QueueSize, memory, log)
    {
        _source = source;
        _chain = new VirtChain(memory);
        _worker = new VirtQueueWorker(Queues[0], _gate, work ?? DeviceWork.OnThreadPool, ProcessNext);
    }

    protected override ulong TypeFeatures => 0;

    protected override ReadOnlySpan<byte> Configuration => [];

    public override void Drain() => _gate.WaitUntilIdle();

    protected override void OnNotify(VirtQueue queue) => _worker.Schedule();

    private bool ProcessNext(VirtQueueWorker worker)
    {
        lock (_lock)
        {
            if (!worker.Queue.TryPop(_chain)) return false;
            Span<byte> bytes = stackalloc byte[(int)Math.Min(BytesPerRequest, _chain.WritableLength)];
            _source.Fill(bytes);
            _chain.TryWrite(0, bytes);
            Complete(worker.Queue, _chain, (uint)bytes.Length);
            return true;
        }
    }
}
