namespace Mimus.Core.Backends;

/// <summary>A mouse of the machine, as who moves it sees it. Any thread may call.</summary>
public interface IPointerReceiver
{
    /// <summary>It is moved right, down and its wheel towards the user, in its smallest steps.</summary>
    void Move(int right, int down, int wheel);

    void SetButton(PointerButton button, bool pressed);
}
