using System.Numerics;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>A set of interrupt vectors, as the registers of an APIC show it.</summary>
internal sealed class VectorSet
{
    private readonly uint[] _words = new uint[8];

    /// <summary>The highest vector, or -1.</summary>
    public int Highest
    {
        get
        {
            for (var i = _words.Length - 1; i >= 0; i--)
            {
                if (_words[i] != 0) return i * 32 + BitOperations.Log2(_words[i]);
            }
            return -1;
        }
    }

    public uint Word(int index) => _words[index];

    public bool Contains(int vector) => (_words[vector >> 5] >> (vector & 31) & 1) != 0;

    public void Add(int vector) => _words[vector >> 5] |= 1u << vector;

    public void Remove(int vector) => _words[vector >> 5] &= ~(1u << vector);

    public void Clear() => Array.Clear(_words);

    public void State(StateVisitor v, int id, string name) => v.Fields(id, name, _words);
}
