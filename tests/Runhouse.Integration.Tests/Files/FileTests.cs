using System.Runtime.Versioning;
using CsCheck;
using Runhouse.Protocol.Tests.Files;

namespace Runhouse.Integration.Files;

[UnsupportedOSPlatform("windows")]
public sealed class FileTests(LocalHost host)
{
    [Fact]
    [Acceptance(35)]
    public async Task A_folder_goes_up_and_down_and_ignored_files_stay_behind()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("project/.gitignore", "bin/\n*.log\n");
        test.Write("project/src/app.py", "print()");
        test.Write("project/src/x.log", "noise");
        test.Write("project/bin/app", "binary");
        test.Write("project/.git/HEAD", "ref");
        test.Write("project/notes.md", "notes");

        TransferResult up = await test.Files.UploadAsync(test.At("project"), test.At("there"), new TransferOptions { Exclude = ["*.md"] });
        Assert.Equal([".gitignore - bin/\n*.log\n", "src/", "src/app.py - print()"], RandomTree.Read(test.At("there")));
        Assert.Equal((2, 0, 0, 18), (up.Written, up.Unchanged, up.Deleted, up.BytesCopied));

        test.Write("there/src/result.log", "noise there");
        TransferResult down = await test.Files.DownloadAsync(test.At("there"), test.At("back"));
        Assert.Equal([".gitignore - bin/\n*.log\n", "src/", "src/app.py - print()"], RandomTree.Read(test.At("back")));
        Assert.Equal(2, down.Written);

        TransferResult again = await test.Files.DownloadAsync(test.At("there"), test.At("back"), new TransferOptions { UseGitignore = false });
        Assert.Equal((1, 2, 11), (again.Written, again.Unchanged, again.BytesCopied));
    }

    [Fact]
    [Acceptance(35)]
    public async Task A_path_on_the_host_is_relative_to_the_home_there()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("data.csv", "a,b");
        string folder = $"rhi-{Path.GetFileName(test.Folder)}";
        string full = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), folder);
        try
        {
            await test.Files.UploadAsync(test.At("data.csv"), $"~/{folder}/");
            await test.Files.UploadAsync(test.At("data.csv"), $"{folder}/deep/other.csv");
            Assert.Equal(["data.csv - a,b", "deep/", "deep/other.csv - a,b"], RandomTree.Read(full));

            await test.Files.DownloadAsync($"{folder}/data.csv", test.At("in") + "/");
            await test.Files.DownloadAsync($"~/{folder}/data.csv", test.At("in/renamed.csv"));
            Assert.Equal(["data.csv - a,b", "renamed.csv - a,b"], RandomTree.Read(test.At("in")));
            using var reader = new StreamReader(await test.Files.OpenReadAsync($"{folder}/data.csv"));
            Assert.Equal("a,b", await reader.ReadToEndAsync());
        }
        finally
        {
            Directory.Delete(full, recursive: true);
        }
    }

    [Fact]
    [Acceptance(35)]
    public async Task The_home_directory_is_refused_on_both_sides()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("project/a", "a");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Func<Task>[] refused =
        [
            () => test.Files.UploadAsync(home, test.At("there")),
            () => test.Files.SyncUpAsync("/", test.At("there")),
            () => test.Files.SyncUpAsync(test.At("project"), "~"),
            () => test.Files.SyncUpAsync(test.At("project"), "/"),
            () => test.Files.DownloadAsync("~", test.At("there")),
            () => test.Files.SyncDownAsync(test.At("project"), home),
        ];
        foreach (Func<Task> one in refused)
        {
            var error = await Assert.ThrowsAsync<FileTransferException>(one);
            Assert.Contains("Choose", error.Message, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(test.At("there")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Random_edits_and_a_sync_up_and_down_make_exact_mirrors(bool isFar)
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        ClusterFiles files = isFar ? test.FarFiles : test.Files;
        int run = 0;
        await Gen.Select(RandomTree.Any(), RandomTree.Any()).SampleAsync(
            async (first, second) =>
            {
                string root = test.At($"{(isFar ? "far" : "near")}{run++}");
                (string here, string there, string back) = (Path.Combine(root, "here"), Path.Combine(root, "there"), Path.Combine(root, "back"));
                RandomTree.Write(here, first);
                await files.SyncUpAsync(here, there);
                Assert.Equal(RandomTree.Read(here), RandomTree.Read(there));
                await files.SyncDownAsync(there, back);
                Assert.Equal(RandomTree.Read(here), RandomTree.Read(back));

                foreach (string entry in Directory.EnumerateFileSystemEntries(here).Where((_, index) => index % 2 == 0))
                    Remove(entry);
                RandomTree.Write(here, second);
                await files.SyncUpAsync(here, there);
                await files.SyncDownAsync(there, back);
                Assert.Equal(RandomTree.Read(here), RandomTree.Read(there));
                Assert.Equal(RandomTree.Read(here), RandomTree.Read(back));

                TransferResult up = await files.SyncUpAsync(here, there);
                TransferResult down = await files.SyncDownAsync(there, back);
                Assert.Equal((0, 0, 0, 0, 0, 0), (up.Written, up.Deleted, up.BytesCopied, down.Written, down.Deleted, down.BytesCopied));
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public async Task A_file_that_changes_during_its_upload_is_an_error_and_the_target_stays()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("project/a", "before");
        await test.Files.SyncUpAsync(test.At("project"), test.At("there"));
        test.Write("project/a", "after");
        test.Write("project/b", "other");

        var error = await Assert.ThrowsAsync<FileTransferException>(() => test.Files.SyncUpAsync(
            test.At("project"), test.At("there"), progress: new Told(progress =>
            {
                if (progress is { Phase: TransferPhase.Copying, BytesDone: 0 })
                    test.Write("project/a", "AFTER");
            })));

        Assert.Contains(test.At("project/a"), error.Message, StringComparison.Ordinal);
        Assert.Equal(["a - before"], RandomTree.Read(test.At("there")));
        await test.Files.SyncUpAsync(test.At("project"), test.At("there"));
        Assert.Equal(["a - AFTER", "b - other"], RandomTree.Read(test.At("there")));
    }

    [Fact]
    public async Task A_file_that_shrinks_during_its_upload_is_an_error_too()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("project/a", new string('a', 1000));

        var error = await Assert.ThrowsAsync<FileTransferException>(() => test.Files.SyncUpAsync(
            test.At("project"), test.At("there"), progress: new Told(progress =>
            {
                if (progress is { Phase: TransferPhase.Copying, BytesDone: 0 })
                    test.Write("project/a", "short");
            })));

        Assert.Contains(test.At("project/a"), error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(test.At("there")));
    }

    [Fact]
    public async Task Progress_grows_to_its_total()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        for (int i = 0; i < 20; i++)
            test.Write($"project/{i}", new string((char)('a' + i), 100_000));
        var told = new List<TransferProgress>();

        await test.Files.SyncUpAsync(test.At("project"), test.At("there"), progress: new Told(told.Add));

        TransferProgress[] copying = [.. told.Where(static one => one.Phase == TransferPhase.Copying)];
        Assert.Equal(new TransferProgress(TransferPhase.Copying, 0, 20, 0, 2_000_000), copying[0]);
        Assert.Equal(new TransferProgress(TransferPhase.Copying, 20, 20, 2_000_000, 2_000_000), copying[^1]);
        Assert.Equal(copying.Select(static one => one.BytesDone).Order(), copying.Select(static one => one.BytesDone));
        Assert.Equal(TransferPhase.Comparing, told[0].Phase);
    }

    [Fact]
    public async Task What_does_not_exist_is_named_on_either_side()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        var here = await Assert.ThrowsAsync<FileTransferException>(() => test.Files.UploadAsync(test.At("nothing"), test.At("there")));
        var there = await Assert.ThrowsAsync<RemoteNotFoundException>(() => test.Files.DownloadAsync(test.At("nothing"), test.At("here")));
        Assert.Contains(test.At("nothing"), here.Message, StringComparison.Ordinal);
        Assert.Contains(test.At("nothing"), there.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_travel_as_links_and_those_that_lead_out_are_reported()
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("project/sub/a", "a");
        File.CreateSymbolicLink(test.At("project/inside"), "sub/a");
        File.CreateSymbolicLink(test.At("project/outside"), "/etc/passwd");

        TransferResult up = await test.Files.SyncUpAsync(test.At("project"), test.At("there"));

        Assert.Equal(["outside"], up.Skipped);
        Assert.Equal(["inside -> sub/a", "sub/", "sub/a - a"], RandomTree.Read(test.At("there")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_source_has_and_leaves_behind_is_kept_in_the_target_of_a_sync(bool up)
    {
        using HostFiles test = await HostFiles.OfAsync(host);
        test.Write("project/a", "a");
        test.Write("project/.gitignore", "build/\n");
        File.CreateSymbolicLink(test.At("project/data"), "/etc");

        // As Python's virtual environments have it: an ignore file that ignores itself does not travel.
        test.Write("project/.venv/.gitignore", "*\n");
        test.Write("there/data/big/file", "precious");
        test.Write("there/build/output", "made there");
        test.Write("there/.venv/lib/installed", "made there");
        test.Write("there/datafile", "left over");

        TransferResult result = up
            ? await test.Files.SyncUpAsync(test.At("project"), test.At("there"))
            : await test.Files.SyncDownAsync(test.At("project"), test.At("there"));

        Assert.Equal(["data"], result.Skipped);
        Assert.Equal(1, result.Deleted);
        Assert.Equal(
            [".gitignore - build/\n", ".venv/", ".venv/lib/", ".venv/lib/installed - made there", "a - a", "build/", "build/output - made there", "data/", "data/big/", "data/big/file - precious"],
            RandomTree.Read(test.At("there")));
    }

    private static void Remove(string entry)
    {
        if (new FileInfo(entry).LinkTarget is null && Directory.Exists(entry))
            Directory.Delete(entry, recursive: true);
        else
            File.Delete(entry);
    }

    private sealed class Told(Action<TransferProgress> told) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => told(value);
    }
}
