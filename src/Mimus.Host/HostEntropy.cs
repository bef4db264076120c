namespace Mimus.Host;

/// <summary>Random numbers of the operating system, without the start-up cost of a cryptographic library.</summary>
public static unsafe class HostEntropy
{
    public static void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            nint filled;
            fixed (byte* start = destination) filled = LibC.GetRandom(start, (nuint)destination.Length, 0);
            if (filled >= 0) destination = destination[(int)filled..];
            else if (LibC.LastError != LibC.ErrnoInterrupted) throw HostException.FromLastError("cannot get random numbers");
        }
    }
}
