namespace Mimus.Boards;

/// <summary>A kind of machine.</summary>
public interface IBoard
{
    /// <summary>The name by which people ask for it.</summary>
    string Name { get; }

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
