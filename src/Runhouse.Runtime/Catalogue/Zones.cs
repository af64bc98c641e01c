namespace Runhouse.Runtime.Catalogue;

/// <summary>The zones of the providers' regions, by the names under which machines are asked for and priced. AWS' are ids: its names differ between accounts.</summary>
internal static class Zones
{
    // The regions that price lists of the catalogue have come from. Elsewhere the provider chooses the zone.
    private static readonly Dictionary<(string Provider, string Region), string[]> Known = new()
    {
        [("aws", "us-east-1")] = ["use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6"],
        [("aws", "us-east-2")] = ["use2-az1", "use2-az2", "use2-az3"],
        [("aws", "us-west-2")] = ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"],
        [("aws", "eu-west-1")] = ["euw1-az1", "euw1-az2", "euw1-az3"],
        [("aws", "eu-central-1")] = ["euc1-az1", "euc1-az2", "euc1-az3"],
        [("aws", "eu-north-1")] = ["eun1-az1", "eun1-az2", "eun1-az3"],
        [("gcp", "us-central1")] = ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f"],
        [("gcp", "us-east4")] = ["us-east4-a", "us-east4-b", "us-east4-c"],
        [("gcp", "us-east5")] = ["us-east5-a", "us-east5-b", "us-east5-c"],
        [("gcp", "us-west1")] = ["us-west1-a", "us-west1-b", "us-west1-c"],
        [("gcp", "europe-west4")] = ["europe-west4-a", "europe-west4-b", "europe-west4-c"],
    };

    /// <summary>The zones of a region; none where they are not known.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="region">Its region.</param>
    public static IReadOnlyList<string> Of(string provider, string region) => Known.GetValueOrDefault((provider, region), []);
}
