using Microsoft.Extensions.Time.Testing;
using Runhouse.Protocol.Files;

namespace Runhouse.Runtime.Tests.Deployment;

public sealed class HashCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _later = new(DateTimeOffset.UtcNow.AddHours(1));
    private readonly string _file;

    public HashCacheTests() => _file = _folder.Write("a.dll", "content");

    [Fact]
    public void An_unchanged_file_is_hashed_once()
    {
        Assert.Equal(1, Hash(_later).Hashed);
        Assert.Equal(0, Hash(_later).Hashed);
    }

    [Fact]
    public void A_changed_file_is_hashed_again()
    {
        string before = Hash(_later).Value;
        File.WriteAllText(_file, "CONTENT");
        File.SetLastWriteTimeUtc(_file, DateTime.UnixEpoch);

        (string after, int hashed) = Hash(_later);
        Assert.Equal(1, hashed);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public void A_file_written_a_moment_ago_is_not_trusted_to_stay()
    {
        var now = new FakeTimeProvider(File.GetLastWriteTimeUtc(_file));
        Hash(now);

        Assert.Equal(1, Hash(now).Hashed);
    }

    [Fact]
    public void The_hashes_of_an_application_that_nobody_deployed_for_long_are_forgotten()
    {
        Hash(_later);
        string old = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "hashes")));
        File.Move(old, old + "0");
        File.SetLastWriteTimeUtc(old + "0", (_later.GetUtcNow() - TimeSpan.FromDays(91)).UtcDateTime);
        Hash(_later);
        Assert.Equal([old], Directory.GetFiles(Path.Combine(_folder.Path, "hashes")));
    }

    [Fact]
    public void Caches_of_one_application_may_be_written_at_the_same_time()
    {
        Parallel.For(0, 64, _ => Hash(_later));

        Assert.Equal(0, Hash(_later).Hashed);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "hashes")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\nmore of it")]
    [InlineData("runhouse hashes 1\n7 x y z\n\n1 2 3")]
    public void A_corrupt_cache_is_ignored_and_replaced(string content)
    {
        Hash(_later);
        string cache = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "hashes")));
        File.WriteAllText(cache, content);

        Assert.Equal(1, Hash(_later).Hashed);
        Assert.Equal(0, Hash(_later).Hashed);
    }

    public void Dispose() => _folder.Dispose();

    private (string Value, int Hashed) Hash(TimeProvider time)
    {
        var cache = HashCache.Open(Path.Combine(_folder.Path, "hashes"), "app", time);
        IReadOnlyDictionary<string, string> hashes = cache.Hash([new FileInfo(_file)]);
        cache.Save();
        return (hashes[_file], cache.Hashed);
    }
}
