namespace Mimus.Isa.X86;

/// <summary>What leads to another task.</summary>
internal enum TaskSwitch
{
    Jump,
    Call,
    Return,
    Interrupt,
}

/// <content>Task states: inner stacks, the permissions of ports, switches by hardware (SDM volume 3, chapter 8).</content>
public sealed unsafe partial class X86Cpu
{
    private static readonly SegmentNumber[] s_taskSegments = [SegmentNumber.Es, SegmentNumber.Cs, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs];

    /// <summary>Whether the task lets the running program access a port; false with #GP(0) pending when not.</summary>
    internal bool TryPort(ulong port, int size)
    {
        const ulong MapBase = 102;
        if (IsReal || (!IsVirtual8086 && _state->Cpl <= (_state->SystemFlags & EFlags.IoPrivilege) >> EFlags.IoPrivilegeShift)) return true;
        ref var task = ref _state->Segment(SegmentNumber.Task);
        if ((task.Attributes & 8) == 0 || task.Limit < MapBase + 1) return Refuse(Fault.GeneralProtection, 0);
        if (!TryReadSystem(task.Base + MapBase, 2, out var offset)) return false;
        offset += port / 8;
        if (offset + 1 > task.Limit) return Refuse(Fault.GeneralProtection, 0);
        if (!TryReadSystem(task.Base + offset, 2, out var map)) return false;
        return ((map >> (int)(port & 7)) & ((1ul << size) - 1)) == 0 || Refuse(Fault.GeneralProtection, 0);
    }

    /// <summary>In long mode: RSP0 to RSP2, or from 7 on an interrupt stack.</summary>
    private bool TryReadLongStack(int number, out ulong pointer)
    {
        ref var task = ref _state->Segment(SegmentNumber.Task);
        var offset = 4 + (8 * (ulong)(number < 7 ? number : number - 7 + 4));
        pointer = 0;
        return offset + 7 <= task.Limit ? TryReadSystem(task.Base + offset, 8, out pointer) : Refuse(Fault.InvalidTss, (ushort)task.Selector);
    }

    /// <summary>The stack of an inner privilege level, checked.</summary>
    private bool TryReadInnerStack(ulong privilege, out SegmentState stack, out ulong pointer)
    {
        stack = default;
        pointer = 0;
        ref var task = ref _state->Segment(SegmentNumber.Task);
        var wide = (task.Attributes & 8) != 0;
        var offset = wide ? 4 + (8 * privilege) : 2 + (4 * privilege);
        var size = wide ? 4 : 2;
        if (offset + (ulong)size + 1 > task.Limit) return Refuse(Fault.InvalidTss, (ushort)task.Selector);
        if (!TryReadSystem(task.Base + offset, size, out pointer) || !TryReadSystem(task.Base + offset + (ulong)size, 2, out var selector)) return false;
        if ((selector & NullMask) == 0) return Refuse(Fault.InvalidTss, 0);
        return TryPrepareSegment(SegmentNumber.Ss, (ushort)selector, privilege, Fault.InvalidTss, out stack);
    }

    /// <summary>Saves the running task and makes another the running one. The target is its instruction pointer.</summary>
    private bool TrySwitchTask(ushort selector, TaskSwitch how, out ulong target)
    {
        target = 0;
        var isReturn = how == TaskSwitch.Return;
        var vector = isReturn ? Fault.InvalidTss : Fault.GeneralProtection;
        if ((selector & 4) != 0 || (selector & NullMask) == 0) return Refuse(vector, selector);
        if (!TryReadDescriptor(selector, vector, out var descriptor, out _)) return false;
        var isBusy = descriptor.Type is Descriptor.BusyTss or Descriptor.BusyTss16;
        if (!descriptor.IsSystem || (descriptor.Type & 5) != 1 || isBusy != isReturn) return Refuse(vector, selector);
        if (!descriptor.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        var wide = (descriptor.Type & 8) != 0;
        if (descriptor.Limit < (wide ? 103u : 43u)) return Refuse(Fault.InvalidTss, selector);

        var old = _state->Segment(SegmentNumber.Task);
        var flags = Flags & (isReturn ? ~EFlags.NestedTask : ulong.MaxValue);
        if (!TryReadTask(descriptor.Base, wide, out var loaded)) return false;
        if (!TrySaveTask(old, flags)) return false;
        if (how is TaskSwitch.Jump or TaskSwitch.Return && !TrySetBusy((ushort)old.Selector, busy: false)) return false;
        var nests = how is TaskSwitch.Call or TaskSwitch.Interrupt;
        if (nests && !TryWriteSystem(descriptor.Base, 2, old.Selector)) return false;
        if (!isReturn && !TrySetBusy(selector, busy: true)) return false;

        _state->Segment(SegmentNumber.Task) = new Descriptor(descriptor.Low | (2ul << 40)).ToSegment(selector);
        _state->Cr0 |= Cr0.TaskSwitched;
        EndLocalBreakpoints();
        if (wide && (_state->Cr0 & Cr0.Paging) != 0 && loaded.Root != _state->Cr3) SetRoot(loaded.Root);
        for (var i = 0; i < 8; i++) _state->Registers[i] = loaded.Registers[i];
        Flags = loaded.Flags | (nests ? EFlags.NestedTask : 0);
        target = loaded.InstructionPointer;
        return TryLoadTaskSegments(loaded);
    }

    private bool TrySaveTask(in SegmentState task, ulong flags)
    {
        var wide = (task.Attributes & 8) != 0;
        var size = wide ? 4 : 2;
        var at = task.Base + (wide ? 32u : 14u);
        if (!TryWriteSystem(at, size, _state->Rip) || !TryWriteSystem(at + (ulong)size, size, flags)) return false;
        at += 2 * (ulong)size;
        for (var i = 0; i < 8; i++, at += (ulong)size)
        {
            if (!TryWriteSystem(at, size, _state->Registers[i])) return false;
        }
        for (var i = 0; i < (wide ? 6 : 4); i++, at += (ulong)size)
        {
            if (!TryWriteSystem(at, 2, _state->Segment(s_taskSegments[i]).Selector)) return false;
        }
        return true;
    }

    private bool TryReadTask(ulong start, bool wide, out TaskImage image)
    {
        image = new TaskImage();
        var size = wide ? 4 : 2;
        ulong root = 0;
        if (wide && !TryReadSystem(start + 28, 4, out root)) return false;
        image.Root = root;
        var at = start + (wide ? 32u : 14u);
        if (!TryReadSystem(at, size, out image.InstructionPointer) || !TryReadSystem(at + (ulong)size, size, out image.Flags)) return false;
        at += 2 * (ulong)size;
        for (var i = 0; i < 8; i++, at += (ulong)size)
        {
            if (!TryReadSystem(at, size, out image.Registers[i])) return false;
        }
        for (var i = 0; i < (wide ? 6 : 4); i++, at += (ulong)size)
        {
            if (!TryReadSystem(at, 2, out image.Selectors[i])) return false;
        }
        return TryReadSystem(start + (wide ? 96u : 42u), 2, out image.LocalTable);
    }

    /// <summary>The segments of the new task: what is wrong with them is a fault in that task.</summary>
    private bool TryLoadTaskSegments(TaskImage image)
    {
        if (IsVirtual8086)
        {
            for (var i = 0; i < s_taskSegments.Length; i++) SetRealSegment(s_taskSegments[i], (ushort)image.Selectors[i], 0xffff);
            _state->Cpl = 3;
            ModeChanged();
            return true;
        }
        var local = (ushort)image.LocalTable;
        _state->Segment(SegmentNumber.Ldt) = new SegmentState { Selector = local };
        if ((local & NullMask) != 0)
        {
            if ((local & 4) != 0 || !TryReadDescriptor(local, Fault.InvalidTss, out var table, out _)) return Refuse(Fault.InvalidTss, local);
            if (table.Type != Descriptor.Ldt || !table.IsSystem || !table.IsPresent) return Refuse(Fault.InvalidTss, local);
            _state->Segment(SegmentNumber.Ldt) = table.ToSegment(local);
        }
        var selector = (ushort)image.Selectors[(int)SegmentNumber.Cs];
        if (!TryReadDescriptor(selector, Fault.InvalidTss, out var code, out var address)) return false;
        var privilege = (ulong)selector & 3;
        if (!code.IsCode || (code.IsConforming ? (ulong)code.Privilege > privilege : (ulong)code.Privilege != privilege)) return Refuse(Fault.InvalidTss, selector);
        if (!code.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        if (!TrySetAccessed(ref code, address)) return false;
        SetCode(code, selector, privilege);
        foreach (var number in (ReadOnlySpan<SegmentNumber>)[SegmentNumber.Ss, SegmentNumber.Es, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs])
        {
            if (!TryPrepareSegment(number, (ushort)image.Selectors[(int)number], privilege, Fault.InvalidTss, out var segment)) return false;
            _state->Segment(number) = segment;
        }
        ModeChanged();
        return true;
    }

    private sealed class TaskImage
    {
        public ulong Root;
        public ulong InstructionPointer;
        public ulong Flags;
        public ulong LocalTable;

        public ulong[] Registers { get; } = new ulong[8];

        public ulong[] Selectors { get; } = new ulong[6];
    }
}
