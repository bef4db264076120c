namespace Mimus.Devices.Display;

/// <summary>What a screen shows.</summary>
/// <param name="Width">Pixels in a line.</param>
/// <param name="Height">Lines.</param>
/// <param name="Pixels">Red, green and blue in the bits from 16, 8 and 0, line by line.</param>
public sealed record ScreenImage(int Width, int Height, uint[] Pixels);
