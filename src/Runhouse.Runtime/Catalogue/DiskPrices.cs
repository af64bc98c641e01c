namespace Runhouse.Runtime.Catalogue;

/// <summary>What disks cost, about: price lists of machines do not have them.</summary>
internal static class DiskPrices
{
    // US dollars for a GiB and month, at the end of 2025: gp3 in us-east-1 (aws.amazon.com/ebs/pricing), pd-balanced in us-central1 (cloud.google.com/compute/disks-image-pricing). Other regions take up to twice that.
    private static readonly Dictionary<string, decimal> Rates = new(StringComparer.Ordinal) { ["aws"] = 0.08m, ["gcp"] = 0.10m };

    /// <summary>What a disk costs in a month, in US dollars, about; null for a provider whose price is not known.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="size">The size in GiB.</param>
    public static decimal? AMonth(string provider, int size) => Rates.TryGetValue(provider, out decimal rate) ? rate * size : null;
}
