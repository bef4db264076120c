namespace Mimus.Control.Monitor;

/// <summary>One command of the monitor.</summary>
/// <param name="Names">Its name and its short forms.</param>
/// <param name="Arguments">The form of its arguments.</param>
/// <param name="Help">What it does, in a line.</param>
/// <param name="Run">Does it; the text is what stands behind the name.</param>
/// <param name="TakesTime">It may take long while the guest runs, which needs the main loop meanwhile.</param>
internal sealed record MonitorCommand(string[] Names, string Arguments, string Help, Action<MonitorSession, string> Run, bool TakesTime = false);
