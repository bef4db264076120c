namespace Mimus.Control.Gdb;

/// <summary>Carries out a request and writes the answer.</summary>
internal delegate void PacketHandler(PacketArguments arguments, PacketWriter reply);
