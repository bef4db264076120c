namespace Mimus.Cli.Running;

/// <summary>What the host side of a console is.</summary>
internal enum ConsoleKind
{
    Null,

    /// <summary>Standard input and output.</summary>
    Standard,

    /// <summary>A file that takes the output; there is no input.</summary>
    File,

    /// <summary>A TCP or Unix-domain socket.</summary>
    Socket,

    /// <summary>The command channel of kvm-unit-tests: the guest says with which status to end.</summary>
    TestDevice,
}
