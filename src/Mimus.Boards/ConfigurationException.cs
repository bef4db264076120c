namespace Mimus.Boards;

/// <summary>The machine that was asked for cannot be built. The message is a sentence for the person who asked, and says what to do.</summary>
public sealed class ConfigurationException(string message) : Exception(message);
