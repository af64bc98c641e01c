using System.Runtime.Versioning;
using CsCheck;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Protocol.Tests.Files;

[UnsupportedOSPlatform("windows")]
public sealed class FolderMirrorTests : IDisposable
{
    private static readonly DateTime LongAgo = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    private readonly string _folder = Directory.CreateTempSubdirectory("rh-mirror-").FullName;
    private int _run;

    [Fact]
    public Task Whatever_was_in_the_target_it_becomes_the_same_as_the_source() => Gen.Select(RandomTree.Any(), RandomTree.Any()).SampleAsync(
        async (source, target) =>
        {
            (string from, string to) = NewFolders();
            RandomTree.Write(from, source);
            RandomTree.Write(to, target);

            await MirrorAsync(from, to, new FolderRules());
            Assert.Equal(RandomTree.Read(from), RandomTree.Read(to));

            SetTimes(to);
            FolderReply again = await MirrorAsync(from, to, new FolderRules());
            Assert.Equal((0, 0), (again.Written, again.Deleted));
            Assert.All(Directory.EnumerateFiles(to, "*", SearchOption.AllDirectories).Where(static file => new FileInfo(file).LinkTarget is null), static file => Assert.Equal(LongAgo, File.GetLastWriteTimeUtc(file)));
        },
        iter: 300,
        threads: 2);

    [Fact]
    public Task What_the_source_ignores_is_neither_copied_nor_deleted() => Gen.Select(RandomTree.Any(withIgnoreFiles: true), RandomTree.Any(withIgnoreFiles: true)).SampleAsync(
        async (source, target) =>
        {
            (string from, string to) = NewFolders();
            RandomTree.Write(from, source);
            RandomTree.Write(to, target);
            var rules = new FolderRules { UseGitignore = true, Exclude = ["c"] };
            string[] before = RandomTree.Read(to);
            try
            {
                await MirrorAsync(from, to, rules);
            }
            catch (FileTransferException e) when (e.Message.Contains("ignored", StringComparison.Ordinal))
            {
                // Something that is ignored was in the way, and stayed.
                return;
            }

            // Folders may be left for what is ignored in them.
            string[] expected = RandomTree.Read(from, rules);
            string[] after = RandomTree.Read(to);
            string[] seen = RandomTree.Read(to, rules);
            Assert.Equal(Leaves(expected), Leaves(seen));
            Assert.Subset(before.ToHashSet(), Leaves(after).Except(Leaves(seen)).ToHashSet());
        },
        iter: 300,
        threads: 2);

    [Fact]
    public async Task Without_deletions_nothing_is_lost_and_what_is_in_the_way_is_named()
    {
        (string from, string to) = NewFolders();
        RandomTree.Write(from, [("a", 'f', "new"), ("b/c", 'f', "deep")]);
        RandomTree.Write(to, [("a", 'f', "old"), ("kept", 'f', "kept")]);
        await MirrorAsync(from, to, new FolderRules(), delete: false);
        Assert.Equal(["a - new", "b/", "b/c - deep", "kept - kept"], RandomTree.Read(to));

        Directory.Delete(Path.Combine(to, "b"), recursive: true);
        File.WriteAllText(Path.Combine(to, "b"), "a file");
        var error = await Assert.ThrowsAsync<FileTransferException>(() => MirrorAsync(from, to, new FolderRules(), delete: false));
        Assert.Contains(Path.Combine(to, "b"), error.Message, StringComparison.Ordinal);
        Assert.Equal("a file", File.ReadAllText(Path.Combine(to, "b")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_in_the_target_is_replaced_or_refused_and_never_followed(bool delete)
    {
        (string from, string to) = NewFolders();
        string outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "file"), "mine");
        RandomTree.Write(from, [("link/file", 'f', "theirs"), ("other", 'f', "theirs")]);
        Directory.CreateDirectory(to);
        File.CreateSymbolicLink(Path.Combine(to, "link"), outside);
        File.CreateSymbolicLink(Path.Combine(to, "other"), Path.Combine(outside, "file"));
        File.CreateSymbolicLink(Path.Combine(to, IgnoreScope.DraftsFolder), outside);

        if (delete)
        {
            await MirrorAsync(from, to, new FolderRules());
            Assert.Equal(RandomTree.Read(from), RandomTree.Read(to));
        }
        else
        {
            await Assert.ThrowsAsync<FileTransferException>(() => MirrorAsync(from, to, new FolderRules(), delete: false));
        }

        Assert.Equal("mine", File.ReadAllText(Assert.Single(Directory.GetFileSystemEntries(outside))));
    }

    [Fact]
    public async Task A_file_that_was_moved_does_not_travel_again()
    {
        (string from, string to) = NewFolders();
        RandomTree.Write(from, [("a", 'f', "first"), ("b", 'f', "other")]);
        await MirrorAsync(from, to, new FolderRules());
        File.Move(Path.Combine(from, "a"), Path.Combine(from, "c"));
        File.Move(Path.Combine(from, "b"), Path.Combine(from, "a"));
        File.Move(Path.Combine(from, "c"), Path.Combine(from, "b"));

        FolderMirror mirror = Mirror(from, to, new FolderRules(), delete: true);
        await mirror.CompareAsync(Hashes(), CancellationToken.None);

        Assert.Empty(mirror.Missing);
        mirror.Apply(CancellationToken.None);
        Assert.Equal(RandomTree.Read(from), RandomTree.Read(to));
    }

    [Fact]
    public async Task What_arrived_before_a_transfer_broke_off_is_taken_up_and_checked()
    {
        (string from, string to) = NewFolders();
        RandomTree.Write(from, [("a", 'f', "first"), ("b", 'f', "other")]);
        FolderMirror broken = Mirror(from, to, new FolderRules(), delete: true);
        await broken.CompareAsync(Hashes(), CancellationToken.None);
        string[] hashes = [.. broken.Missing.Keys];
        await broken.Drafts.CopyInAsync(Path.Combine(from, "a"), hashes[0], CancellationToken.None);
        File.WriteAllText(broken.Drafts.PathOf(hashes[1]), "OTHER");

        FolderMirror next = Mirror(from, to, new FolderRules(), delete: true);
        await next.CompareAsync(Hashes(), CancellationToken.None);
        Assert.Equal(hashes[1], Assert.Single(next.Missing).Key);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> Leaves(IEnumerable<string> lines) => lines.Where(static line => !line.EndsWith('/'));

    private static void SetTimes(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(static file => new FileInfo(file).LinkTarget is null))
            File.SetLastWriteTimeUtc(file, LongAgo);
    }

    private (string From, string To) NewFolders()
    {
        string run = Path.Combine(_folder, $"{Interlocked.Increment(ref _run)}");
        return (Path.Combine(run, "from"), Path.Combine(run, "to"));
    }

    private HashCache Hashes() => HashCache.Open(Path.Combine(_folder, "hashes"), "test", TimeProvider.System);

    private FolderContents Contents(string from, FolderRules rules)
        => FolderContents.Read(FolderWalk.Read(from, rules, ruleFileOf: null, limit: 1000, CancellationToken.None), Hashes(), hashed: null, CancellationToken.None);

    private FolderMirror Mirror(string from, string to, FolderRules rules, bool delete)
    {
        FolderContents contents = Contents(from, rules);
        FolderCheck.Check(contents.Entries, limit: 1000);
        return new FolderMirror(to, contents.Entries, rules, contents.Skipped, delete, limit: 1000);
    }

    private async Task<FolderReply> MirrorAsync(string from, string to, FolderRules rules, bool delete = true)
    {
        FolderContents contents = Contents(from, rules);
        FolderMirror mirror = Mirror(from, to, rules, delete);
        await mirror.CompareAsync(Hashes(), CancellationToken.None);
        foreach (string hash in mirror.Missing.Keys)
            Assert.True(await mirror.Drafts.CopyInAsync(contents.Sources[hash].FullName, hash, CancellationToken.None));
        return mirror.Apply(CancellationToken.None);
    }
}
