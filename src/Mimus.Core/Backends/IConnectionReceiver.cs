namespace Mimus.Core.Backends;

/// <summary>A receiver that is told when somebody comes to the other end of its console. Called from the main event loop.</summary>
public interface IConnectionReceiver
{
    /// <summary>Somebody has come, whose input follows; whoever was there before is gone.</summary>
    void Connected();
}
