namespace Mimus.Devices.Pci;

/// <summary>
/// The registers by which host bridges of Intel's put memory in the place of ROMs and of the screen: PAM0 to PAM6 and SMRAM (82441FX
/// data sheet, 290549-001, 3.2.12 and 3.2.16; 82Q35 data sheet, 316966-002, 5.1.19 to 5.1.26). They are in the bridge's configuration
/// space, under its lock.
/// </summary>
internal sealed class ShadowRegisters
{
    private const int PamCount = 7;
    private const byte PamWritable = 0x33, ReadEnable = 1, WriteEnable = 2;
    private const ulong FirstSegment = 0xc0000, SegmentLength = 0x4000, BiosStart = 0xf0000, BiosLength = 0x10000;

    // SMRAM
    private const byte Open = 0x40, Locked = 0x10, Enabled = 0x08, SegmentA = 0x02, Writable = 0x78, LockedWritable = 0x20;

    private readonly PciFunction _bridge;
    private readonly IShadowMemory _memory;
    private readonly int _pam, _smram;
    private readonly byte[] _applied = new byte[PamCount + 1];
    private bool _hasApplied;

    public ShadowRegisters(PciFunction bridge, IShadowMemory memory, int pam, int smram)
    {
        _bridge = bridge;
        _memory = memory;
        _pam = pam;
        _smram = smram;
        for (var i = 0; i < PamCount; i++) bridge.Define8(pam + i, 0, i == 0 ? (byte)(PamWritable & 0xf0) : PamWritable);
        bridge.Define8(smram, SegmentA, Writable);
    }

    /// <summary>The guest has written to the configuration space: of SMRAM, hardly anything changes once it is locked.</summary>
    public void OnWritten()
    {
        ref var smram = ref _bridge.Configuration[_smram];
        var before = _applied[PamCount];
        if ((before & Locked) != 0) smram = (byte)((before & ~LockedWritable) | (smram & LockedWritable));
        Apply();
    }

    /// <summary>Makes the memory be as the registers say.</summary>
    public void Apply()
    {
        var registers = _bridge.Configuration;
        if ((registers[_smram] & Locked) != 0) registers[_smram] &= unchecked((byte)~Open); // the lock closes it
        for (var i = 0; i < PamCount; i++)
        {
            if (_hasApplied && _applied[i] == registers[_pam + i]) continue;
            _applied[i] = registers[_pam + i];
            if (i == 0)
            {
                SetSegment(BiosStart, BiosLength, _applied[i] >> 4);
                continue;
            }
            var start = FirstSegment + 2 * (ulong)(i - 1) * SegmentLength;
            SetSegment(start, SegmentLength, _applied[i] & 15);
            SetSegment(start + SegmentLength, SegmentLength, _applied[i] >> 4);
        }
        var smram = registers[_smram];
        if (!_hasApplied || _applied[PamCount] != smram) _memory.SetSystemManagementMemory((smram & Enabled) != 0, (smram & Open) != 0);
        _applied[PamCount] = smram;
        _hasApplied = true;
    }

    private void SetSegment(ulong start, ulong length, int attributes) =>
        _memory.SetSegment(start, length, (attributes & ReadEnable) != 0, (attributes & WriteEnable) != 0);
}
