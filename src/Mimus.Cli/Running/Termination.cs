using System.Runtime.InteropServices;

namespace Mimus.Cli.Running;

/// <summary>Turns the signals that ask a process to end into an orderly end of the machine.</summary>
internal sealed class Termination : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Termination(Action<int> onSignal)
    {
        Watch(PosixSignal.SIGHUP, 1, onSignal);
        Watch(PosixSignal.SIGINT, 2, onSignal);
        Watch(PosixSignal.SIGTERM, 15, onSignal);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Watch(PosixSignal signal, int number, Action<int> onSignal) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        onSignal(number);
    }));
}
