using Runhouse.Providers.Aws;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Leases;

/// <summary>The provider <c>aws</c> as programs have it, but for its pauses, which the tests' server needs none of.</summary>
internal static class HastyAws
{
    /// <summary>Puts it in the place of the one that generated code has registered.</summary>
    public static void Register() => MachineProviders.Register("aws", static context => new AwsCloud(
        AwsOptions.Read(context.Configuration),
        new AwsTiming { FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(20), LookPause = TimeSpan.FromMilliseconds(1), RequestTimeout = TimeSpan.FromHours(1) },
        TimeProvider.System));
}
