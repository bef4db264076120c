using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;

namespace Mimus.Devices.Storage;

/// <summary>Keeps what is programmed into flash on a disk, away from the vCPU: changes that come while one is written are written together.</summary>
/// <param name="contents">The flash's contents.</param>
/// <param name="disk">Where they are kept.</param>
/// <param name="work">Where that is done.</param>
/// <param name="log">Where failures are told, which the guest cannot be told of.</param>
public sealed class FlashStore(RamBlock contents, IDisk disk, DeviceWork work, MachineLog log) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new(); // calls nothing
    private readonly WorkGate _gate = new();

    private ulong _start, _end; // what has changed and is not written yet
    private bool _isWriting;

    /// <summary>Writes a part of the contents soon.</summary>
    public void Keep(ulong offset, int length)
    {
        lock (_lock)
        {
            _start = _start == _end ? offset : Math.Min(_start, offset);
            _end = Math.Max(_end, offset + (ulong)length);
            if (_isWriting) return;
            _isWriting = true;
        }
        _gate.Enter();
        work.Add(this);
    }

    public void Drain() => _gate.WaitUntilIdle();

    void IThreadPoolWorkItem.Execute()
    {
        while (TakeChanged() is { } part)
        {
            var data = contents.Bytes(part.Start, (int)part.Length).ToArray();
            if (!new DiskTransfer(disk, DiskTransferKind.Write, (long)part.Start, data).TryExecute()) log.Write($"{contents.Name}: what was programmed at 0x{part.Start:x} could not be written to its file");
        }
        _gate.Leave();
    }

    private AddressRange? TakeChanged()
    {
        lock (_lock)
        {
            _isWriting = _start != _end;
            if (!_isWriting) return null;
            var part = new AddressRange(_start, _end - _start);
            _start = _end = 0;
            return part;
        }
    }
}
