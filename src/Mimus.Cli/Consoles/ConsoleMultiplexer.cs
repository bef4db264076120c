using System.Text;
using Mimus.Core.Backends;
using Mimus.Core.Timing;
using Mimus.Host;

namespace Mimus.Cli.Consoles;

/// <summary>
/// Shares one console among several users, of which one has the keyboard. After the escape key: h help, x end the machine,
/// s flush disks, t timestamps, b break, c next user, and the escape key itself to send it.
/// </summary>
internal sealed class ConsoleMultiplexer(IConsole host, char escape) : IConsoleReceiver
{
    private const int QueueLimit = 1 << 16;

    private readonly List<MultiplexedConsole> _users = [];
    private readonly Lock _output = new(); // held while a line's timestamp and its bytes go out
    private int _focus;
    private bool _escaped, _timestamps, _atLineStart = true;
    private long _started;

    /// <summary>The quit key was pressed.</summary>
    public Action Quit { get; set; } = () => { };

    /// <summary>The key for flushing disks was pressed.</summary>
    public Action FlushDisks { get; set; } = () => { };

    /// <summary>Input is taken even while the guest has no room, so that the keys work.</summary>
    public int InputRoom => Math.Max(0, QueueLimit - _users[_focus].Queued);

    public MultiplexedConsole AddUser()
    {
        var user = new MultiplexedConsole(this);
        _users.Add(user);
        if (_users.Count == 1) host.Attach(this);
        return user;
    }

    public void Start(EventLoop loop)
    {
        _started = HostClock.Nanoseconds;
        foreach (var user in _users) user.Start(loop);
    }

    public void Receive(ReadOnlySpan<byte> data)
    {
        var start = 0;
        for (var i = 0; i < data.Length; i++)
        {
            if (_escaped)
            {
                _escaped = false;
                // The escape key twice is the key itself, which then begins the text that follows.
                if (data[i] == escape)
                {
                    start = i;
                    continue;
                }
                Command((char)data[i]);
                start = i + 1;
            }
            else if (escape != 0 && data[i] == escape)
            {
                _users[_focus].Enqueue(data[start..i]);
                _escaped = true;
                start = i + 1;
            }
        }
        _users[_focus].Enqueue(data[start..]);
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_output)
        {
            if (!_timestamps)
            {
                if (!data.IsEmpty) _atLineStart = data[^1] == '\n';
                host.Write(data);
                return;
            }
            while (!data.IsEmpty)
            {
                if (_atLineStart) host.Write(Encoding.ASCII.GetBytes(Timestamp()));
                var end = data.IndexOf((byte)'\n');
                var line = end < 0 ? data : data[..(end + 1)];
                host.Write(line);
                _atLineStart = end >= 0;
                data = data[line.Length..];
            }
        }
    }

    /// <summary>A user has taken input, so there is room for more.</summary>
    public void OnRoom(MultiplexedConsole user)
    {
        if (HasFocus(user)) host.InputWanted();
    }

    public bool HasFocus(MultiplexedConsole user) => _users[_focus] == user;

    private void Command(char key)
    {
        switch (key)
        {
            case 'h' or '?': host.Write(Encoding.ASCII.GetBytes(Help())); break;
            case 'x': Quit(); break;
            case 's': FlushDisks(); break;
            case 't': _timestamps = !_timestamps; break;
            case 'b': _users[_focus].Break(); break;
            case 'c': ChangeFocus(); break;
        }
    }

    private void ChangeFocus()
    {
        var left = _users[_focus];
        _focus = (_focus + 1) % _users.Count;
        left.OnLeave();
        _users[_focus].OnFocus();
        host.InputWanted();
    }

    private string Timestamp()
    {
        var time = TimeSpan.FromTicks((HostClock.Nanoseconds - _started) / 100);
        return $"[{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}.{time.Milliseconds:000}] ";
    }

    private string Help()
    {
        var name = $"C-{(char)(escape + 'a' - 1)}";
        return $"\r\n{name} h    print this help\r\n{name} x    exit emulator\r\n{name} s    save disk data back to file\r\n"
            + $"{name} t    toggle console timestamps\r\n{name} b    send break\r\n{name} c    switch between console and monitor\r\n"
            + $"{name} {name}  sends {name}\r\n";
    }
}
