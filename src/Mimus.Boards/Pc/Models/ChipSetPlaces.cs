using Mimus.Core.Memory;

namespace Mimus.Boards.Pc.Models;

/// <summary>What a chip set's registers place, most of it by what firmware writes to them, and ACPI tells systems of.</summary>
/// <param name="Power">The first port of power management.</param>
/// <param name="GeneralEvents">The first port of its general-purpose events.</param>
/// <param name="Configuration">The addresses of configuration spaces, where they are in memory.</param>
internal readonly record struct ChipSetPlaces(int Power, int GeneralEvents, AddressRange? Configuration = null);
