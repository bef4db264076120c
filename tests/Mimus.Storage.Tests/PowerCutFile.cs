using Mimus.Storage.Files;

namespace Mimus.Storage.Tests;

/// <summary>The power went off.</summary>
internal sealed class PowerCutException() : IOException("the power is off");

/// <summary>
/// A file on a disk with a cache: what was written since the last flush may, sector by sector, have reached the disk or not, in any
/// order, when the power goes off after a number of calls.
/// </summary>
internal sealed class PowerCutFile(int callsLeft) : IImageFile
{
    private const int Sector = 512;

    private readonly Dictionary<long, List<byte[]>> _pending = []; // what each sector was since the flush, oldest first
    private byte[] _contents = [], _durable = [];
    private long _length, _durableLength;

    public string Name => "memory";

    public long Length => _length;

    public bool IsReadOnly => false;

    public int CallsLeft { get; set; } = callsLeft;

    public void Read(long offset, Span<byte> destination)
    {
        if (CallsLeft < 0) throw new PowerCutException();
        destination.Clear();
        var count = (int)Math.Clamp(_length - offset, 0, destination.Length);
        if (count > 0) _contents.AsSpan((int)offset, count).CopyTo(destination);
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        Count();
        Grow(offset + source.Length);
        source.CopyTo(_contents.AsSpan((int)offset));
        Note(offset, source.Length);
    }

    public void SetLength(long length)
    {
        Count();
        if (length < _length)
        {
            _contents.AsSpan((int)length, (int)(_length - length)).Clear();
            Note(length, _length - length);
        }
        Grow(length);
        _length = length;
    }

    public void Flush()
    {
        Count();
        _durable = _contents[..(int)_length];
        _durableLength = _length;
        _pending.Clear();
    }

    public bool TryPunchHole(long offset, long length)
    {
        Count();
        length = Math.Min(length, _length - offset);
        if (length <= 0) return true;
        _contents.AsSpan((int)offset, (int)length).Clear();
        Note(offset, length);
        return true;
    }

    public bool TryZero(long offset, long length) => false;

    public bool TryReserve(long offset, long length) => false;

    public (bool IsData, long Length) FindData(long offset, long length) => (true, length);

    public void Dispose()
    {
    }

    /// <summary>What is on the disk when the power comes back.</summary>
    public byte[] AfterPowerCut(Random random)
    {
        var length = random.Next(2) == 0 ? _length : _durableLength;
        var chosen = new List<(long Sector, byte[] Data)>();
        // Sometimes nearly all or nearly nothing has arrived.
        var chance = random.Next(3) switch { 0 => 0.1, 1 => 0.5, _ => 0.9 };
        foreach (var (sector, versions) in _pending)
        {
            if (random.NextDouble() < chance) chosen.Add((sector, versions[random.Next(versions.Count)]));
        }
        foreach (var (sector, _) in chosen) length = Math.Max(length, Math.Min((sector + 1) * Sector, _length));
        var result = new byte[length];
        _durable.AsSpan(0, (int)Math.Min(length, _durable.Length)).CopyTo(result);
        foreach (var (sector, data) in chosen) data.AsSpan(0, (int)Math.Clamp(length - (sector * Sector), 0, Sector)).CopyTo(result.AsSpan((int)(sector * Sector)));
        return result;
    }

    private void Count()
    {
        if (--CallsLeft < 0) throw new PowerCutException();
    }

    private void Grow(long end)
    {
        if (end > _contents.Length) Array.Resize(ref _contents, (int)Math.Max(end, _contents.Length * 2L));
        _length = Math.Max(_length, end);
    }

    private void Note(long offset, long length)
    {
        for (var sector = offset / Sector; sector * Sector < offset + length; sector++)
        {
            var data = new byte[Sector];
            var at = (int)(sector * Sector);
            _contents.AsSpan(at, Math.Min(Sector, _contents.Length - at)).CopyTo(data);
            if (!_pending.TryGetValue(sector, out var versions)) _pending.Add(sector, versions = []);
            versions.Add(data);
        }
    }
}
