using System.Globalization;
using Mimus.Host;

namespace Mimus.Cli.Images;

/// <summary>Shows how far something is, where it was asked for: as a bar on a terminal, else as <c>qemu-img</c> writes it.</summary>
internal sealed class ProgressBar(bool isWanted)
{
    private const int Width = 40;

    private readonly bool _isTerminal = Terminal.IsTerminal(Terminal.StandardOutput);
    private int _shown = -1;

    public void Show(double done)
    {
        var hundredths = (int)(done * 10000);
        // Each hundredth of a percent is seen by nobody.
        if (!isWanted || (hundredths / 25 == _shown / 25 && hundredths < 10000) || hundredths == _shown) return;
        _shown = hundredths;
        var percent = (hundredths / 100.0).ToString("0.00", CultureInfo.InvariantCulture);
        var full = hundredths * Width / 10000;
        HostOutput.Write(_isTerminal ? $"\r[{new string('#', full)}{new string('.', Width - full)}] {percent}%" : $"    ({percent}/100%)\r");
        if (hundredths == 10000) HostOutput.Write("\n");
    }
}
