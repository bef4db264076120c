using System.Diagnostics;
using Mimus.Engines.Tests.Nodes;
using Mimus.Engines.Tests.Programs;

namespace Mimus.Engines.Tests;

/// <summary>Drops parts of a program as long as it still fails.</summary>
internal sealed class Shrinker(RandomProgram program, Func<bool> fails)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Stopwatch _time = Stopwatch.StartNew();
    private int _steps;

    /// <summary>How many variants were tried.</summary>
    public int Run()
    {
        if (!Fails()) return _steps;
        var changed = true;
        while (changed && InTime)
        {
            changed = ShrinkIterations();
            foreach (var body in program.Bodies.ToList()) changed |= DropParts(body);
            foreach (var body in program.Bodies.ToList()) changed |= Hoist(body);
            foreach (var node in program.Bodies.SelectMany(b => b).ToList()) changed |= Simplify(node);
        }
        return _steps;
    }

    private bool InTime => _time.Elapsed < s_limit;

    private bool Fails()
    {
        _steps++;
        return fails();
    }

    private bool ShrinkIterations()
    {
        var before = program.Iterations;
        foreach (var fewer in new[] { 1, 2, 3, before / 4, before / 2, before - 1 })
        {
            if (fewer <= 0 || fewer >= before) continue;
            program.Iterations = fewer;
            if (Fails()) return true;
        }
        program.Iterations = before;
        return false;
    }

    /// <summary>First many neighbours at once, then fewer.</summary>
    private bool DropParts(List<Node> body)
    {
        var changed = false;
        for (var size = body.Count; size >= 1; size /= 2)
        {
            for (var at = 0; at < body.Count && InTime;)
            {
                var dropped = body.GetRange(at, Math.Min(size, body.Count - at));
                body.RemoveRange(at, dropped.Count);
                if (Fails())
                {
                    changed = true;
                    continue;
                }
                body.InsertRange(at, dropped);
                at += size;
            }
        }
        return changed;
    }

    /// <summary>Puts what is in a part into the part's place.</summary>
    private bool Hoist(List<Node> body)
    {
        var changed = false;
        for (var i = 0; i < body.Count && InTime; i++)
        {
            var node = body[i];
            if (node.Bodies.Count == 0) continue;
            List<Node> inner = [.. node.Bodies.SelectMany(b => b)];
            body.RemoveAt(i);
            body.InsertRange(i, inner);
            if (Fails())
            {
                changed = true;
                continue;
            }
            body.RemoveRange(i, inner.Count);
            body.Insert(i, node);
        }
        return changed;
    }

    private bool Simplify(Node node)
    {
        var changed = false;
        while (InTime && node.Simplify() is { } undo)
        {
            if (Fails()) changed = true;
            else
            {
                undo();
                break;
            }
        }
        return changed;
    }
}
