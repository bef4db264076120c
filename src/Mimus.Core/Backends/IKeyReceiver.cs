namespace Mimus.Core.Backends;

/// <summary>A keyboard of the machine, as who types on it sees it. Any thread may call.</summary>
public interface IKeyReceiver
{
    /// <summary>A key goes down or up; one that is where it is already does nothing.</summary>
    void SetKey(Key key, bool pressed);
}
