using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>Who serves the sites of a vCPU's emitted code.</summary>
internal abstract class SiteServer
{
    /// <summary>Does what a site asks for; not zero when emitted code is to be left. Never throws.</summary>
    public abstract nint Serve(ref CallFrame frame, int number);
}

/// <summary>The way from emitted code to C#.</summary>
internal static unsafe class SiteCalls
{
    // Precompiled, it would enter by way of a helper each time, and it is never compiled anew.
    [UnmanagedCallersOnly]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static nint Serve(CallFrame* frame, nint site, byte* state)
    {
        // Safe: the vCPU keeps the handle as long as its code can run.
        var handle = GCHandle.FromIntPtr(*(nint*)(state + HostLayout.StateBias + HostLayout.Owner));
        return Unsafe.As<SiteServer>(handle.Target!).Serve(ref *frame, (int)site);
    }
}
