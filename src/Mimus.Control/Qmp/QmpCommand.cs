using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mimus.Control.Qmp;

/// <summary>One command of QMP.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">The names of all arguments that it can have.</param>
/// <param name="Run">Does it, with an object of arguments, and gives what it returns; null for nothing.</param>
internal sealed record QmpCommand(string Name, string[] Arguments, Func<QmpServer, JsonElement, JsonNode?> Run);
