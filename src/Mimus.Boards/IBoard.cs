namespace Mimus.Boards;

/// <summary>A kind of machine.</summary>
public interface IBoard
{
    /// <summary>The name by which people ask for it.</summary>
    string Name { get; }

    /// <summary>
    /// The names that QEMU's versions of the machine have, the newest first, of which tools keep one for ever. All are this one board: what QEMU keeps stable
    /// by them is its own history.
    /// </summary>
    IReadOnlyList<string> VersionedNames => [];

    /// <summary>What it is, for listings.</summary>
    string Description { get; }

    int MaximumCpus { get; }

    /// <summary>The ways in which it takes disks, the usual one first.</summary>
    IReadOnlyList<DriveInterface> DriveInterfaces { get; }

    /// <summary>The parts that can be switched on and off by name.</summary>
    IReadOnlyList<string> Switches => [];

    /// <summary>Builds the machine; what is wrong with the configuration is a <see cref="ConfigurationException"/>.</summary>
    Machine Build(BoardBuilder builder, MachineConfiguration configuration);
}
