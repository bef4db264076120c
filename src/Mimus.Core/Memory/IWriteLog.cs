namespace Mimus.Core.Memory;

/// <summary>Somebody whose writes to guest memory go past <see cref="DirtyLog"/>, and who keeps a log of his own: the host's kernel.</summary>
public interface IWriteLog
{
    /// <summary>From its return on, all of its writes are noted.</summary>
    void Start();

    void Stop();

    /// <summary>
    /// Takes the pages from its log and calls <see cref="RamBlock.MarkWritten"/> for each: a write is in the memory that is read after this, or its page in the
    /// next collection.
    /// </summary>
    void Collect();
}
