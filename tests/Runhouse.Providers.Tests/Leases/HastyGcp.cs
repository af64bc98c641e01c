using Runhouse.Providers.Gcp;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>The provider <c>gcp</c> as programs have it, but for its pauses, which the tests' server needs none of.</summary>
internal static class HastyGcp
{
    /// <summary>Puts it in the place of the one that generated code has registered.</summary>
    public static void Register() => MachineProviders.Register("gcp", static context => new GcpCloud(
        GcpOptions.Read(context.Configuration),
        new GcpTiming { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(20), RequestTimeout = TimeSpan.FromHours(1) },
        TimeProvider.System));
}
