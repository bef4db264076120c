using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// Pieces of tables of an image, read when they are needed and kept within a bound of memory. Changed pieces stay until they are
/// written, by whoever knows the order. Many may look at the same time; who changes anything is alone.
/// </summary>
internal sealed class TableCache
{
    private const int LargestPiece = 4096;

    private readonly IImageFile _file;
    private readonly int _capacity;
    private readonly Dictionary<long, Piece> _pieces = [];
    private readonly List<Piece> _clock = []; // in a circle: a piece that was not used since the hand came by last makes room
    private readonly List<Piece> _changed = []; // in any order
    private readonly Lock _lock = new(); // held while pieces come and go
    private int _hand;

    public TableCache(IImageFile file, int clusterSize, long capacity)
    {
        _file = file;
        PieceSize = Math.Min(clusterSize, LargestPiece);
        _capacity = (int)Math.Max(16, capacity / PieceSize);
    }

    public int PieceSize { get; }

    public bool HasChanges => _changed.Count > 0;

    /// <summary>So much is changed that it should be written.</summary>
    public bool IsCrowded => _changed.Count > _capacity / 2;

    /// <summary>The piece at an offset, which is a multiple of the piece's size, for reading.</summary>
    public byte[] Get(long offset)
    {
        lock (_lock)
        {
            if (_pieces.TryGetValue(offset, out var piece))
            {
                piece.IsUsed = true;
                return piece.Data;
            }
        }
        var data = new byte[PieceSize];
        _file.Read(offset, data);
        lock (_lock)
        {
            if (_pieces.TryGetValue(offset, out var other)) return other.Data;
            Add(offset, data);
        }
        return data;
    }

    /// <summary>The piece at an offset, which the caller is about to change.</summary>
    public byte[] GetForChange(long offset)
    {
        var data = Get(offset);
        lock (_lock)
        {
            if (!_pieces.TryGetValue(offset, out var piece)) piece = Add(offset, data);
            if (!piece.IsChanged) _changed.Add(piece);
            piece.IsChanged = true;
            return piece.Data;
        }
    }

    /// <summary>Writes all that is changed, in the order of the file.</summary>
    public void WriteChanges()
    {
        _changed.Sort((a, b) => b.Offset.CompareTo(a.Offset));
        while (_changed.Count > 0)
        {
            var piece = _changed[^1];
            _file.Write(piece.Offset, piece.Data);
            piece.IsChanged = false;
            _changed.RemoveAt(_changed.Count - 1);
        }
    }

    /// <summary>Drops what is in a range, which is no table any more.</summary>
    public void Forget(long offset, long length)
    {
        lock (_lock)
        {
            for (var at = offset; at < offset + length; at += PieceSize)
            {
                if (!_pieces.Remove(at, out var piece)) continue;
                if (piece.IsChanged) _changed.Remove(piece);
                var index = _clock.IndexOf(piece);
                _clock[index] = _clock[^1];
                _clock.RemoveAt(_clock.Count - 1);
            }
        }
    }

    private Piece Add(long offset, byte[] data)
    {
        var piece = new Piece(offset, data);
        _pieces.Add(offset, piece);
        if (_clock.Count < _capacity)
        {
            _clock.Add(piece);
            return piece;
        }
        // Twice around: the first time takes the marks away. What is changed is no more than half, or a little more for a moment.
        for (var i = 0; i < _clock.Count * 2; i++)
        {
            _hand = (_hand + 1) % _clock.Count;
            var candidate = _clock[_hand];
            if (candidate.IsUsed || candidate.IsChanged)
            {
                candidate.IsUsed = false;
                continue;
            }
            _pieces.Remove(candidate.Offset);
            _clock[_hand] = piece;
            return piece;
        }
        _clock.Add(piece);
        return piece;
    }

    private sealed class Piece(long offset, byte[] data)
    {
        public long Offset { get; } = offset;

        public byte[] Data { get; } = data;

        public bool IsUsed { get; set; } = true;

        public bool IsChanged { get; set; }
    }
}
