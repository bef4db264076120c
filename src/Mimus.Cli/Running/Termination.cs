using System.Runtime.InteropServices;

namespace Mimus.Cli.Running;

/// <summary>Turns the signals that ask a process to end into an orderly end of the machine.</summary>
internal sealed class Termination : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] s_signals = [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)];

    private readonly List<PosixSignalRegistration> _registrations = [];

    public Termination(Action<int> onSignal)
    {
        foreach (var (signal, number) in s_signals)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                onSignal(number);
            }));
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }
}
