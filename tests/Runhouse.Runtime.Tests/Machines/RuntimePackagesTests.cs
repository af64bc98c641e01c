using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Tests.Machines;

public sealed class RuntimePackagesTests
{
    [Fact]
    public void Only_later_patches_of_the_same_release_take_the_place_of_a_version()
    {
        const string Found = """
            A source says something first.
            { "version": 2, "problems": [], "searchResult": [
                { "sourceName": "one", "packages": [
                    { "id": "P", "version": "9.0.20" }, { "id": "P", "version": "10.0.3" }, { "id": "P", "version": "10.0.5" },
                    { "id": "P", "version": "10.0.6-rc.1" }, { "id": "P", "version": "10.1.0" } ] },
                { "sourceName": "two", "packages": [ { "id": "P", "version": "10.0.12" } ] },
                { "sourceName": "three", "problems": [] } ] }
            """;
        Assert.Equal([new Version(10, 0, 5), new Version(10, 0, 12)], RuntimePackages.PatchesIn(Found, new Version(10, 0, 4)));
    }

    [Fact]
    public void A_search_that_failed_finds_nothing() => Assert.Empty(RuntimePackages.PatchesIn("error: no network", new Version(10, 0, 4)));
}
