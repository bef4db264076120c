using Mimus.Boards;

namespace Mimus.Control;

/// <summary>The power button, for those who control a machine.</summary>
internal static class PowerButton
{
    public static void Press(Vm vm) =>
        (vm.Machine.PowerButton ?? throw new ConfigurationException($"machine '{vm.Machine.Board}' has no power button; shut the guest down from within, or use quit")).PressPowerButton();
}
