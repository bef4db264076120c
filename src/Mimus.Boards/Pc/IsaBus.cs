using Mimus.Boards.Plugging;

namespace Mimus.Boards.Pc;

/// <summary>The ISA bus, for devices at ports of their own.</summary>
internal sealed class IsaBus(BoardBuilder builder, MachineConfiguration configuration) : IDeviceBus
{
    private int _count;

    public bool TryPlug(DeviceModel model, DeviceRequest request)
    {
        if (model is not IsaModel isa) return false;
        isa.Add(new DeviceContext(request, model, request.Id ?? $"{model.Name}.{_count}", builder, configuration));
        _count++;
        return true;
    }
}
