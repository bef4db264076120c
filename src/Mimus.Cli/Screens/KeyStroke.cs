using Mimus.Core.Backends;

namespace Mimus.Cli.Screens;

/// <summary>A key that is pressed and let go while others are held.</summary>
internal readonly record struct KeyStroke(Key Key, bool Shift = false, bool Control = false, bool Alt = false)
{
    public void TypeAt(IKeyReceiver keyboard)
    {
        Hold(keyboard, true);
        keyboard.SetKey(Key, true);
        keyboard.SetKey(Key, false);
        Hold(keyboard, false);
    }

    private void Hold(IKeyReceiver keyboard, bool pressed)
    {
        if (Control) keyboard.SetKey(Key.LeftControl, pressed);
        if (Alt) keyboard.SetKey(Key.LeftAlt, pressed);
        if (Shift) keyboard.SetKey(Key.LeftShift, pressed);
    }
}
