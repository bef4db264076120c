namespace Mimus.Core.Devices;

/// <summary>A button by which a person asks the guest to shut down. Any thread may press it.</summary>
public interface IPowerButton
{
    void PressPowerButton();
}
