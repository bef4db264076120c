using Mimus.Boards.Loading;

namespace Mimus.Boards.Pc.Boot;

/// <summary>A way in which kernels want to be loaded and told about the machine.</summary>
internal interface IKernelProtocol
{
    /// <summary>Loads a kernel of this kind; null when it is of another.</summary>
    KernelStart? TryLoad(ImageSource kernel, BootArea area);
}
