using System.IO.Compression;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Folders;

/// <summary>Behaviour 35, the host's side.</summary>
public sealed class FolderTests
{
    [Fact]
    public async Task What_was_asked_for_and_sent_is_in_the_folder_and_nowhere_else()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        FolderManifest manifest = FolderHost.Manifest("project", ("a", "content"), ("sub/b", "content"), ("empty", "")) with { Delete = true };

        Assert.Equal([manifest.Entries[0].Hash!], (await host.PostAsync(manifest)).Missing);
        Assert.False(Directory.Exists(Path.Combine(host.Home, "project")));
        FolderReply reply = await host.SendAsync(manifest, "content");

        Assert.Equal((3, 0, 0), (reply.Written, reply.Unchanged, reply.Deleted));
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(host.Home, "project", "sub", "b")));
        Assert.Equal("", await File.ReadAllTextAsync(Path.Combine(host.Home, "project", "empty")));
        Assert.Equal(["a", "empty", "sub"], Directory.GetFileSystemEntries(Path.Combine(host.Home, "project")).Select(Path.GetFileName).Order());
        Assert.Empty(host.Staged());
    }

    [Fact]
    public async Task A_second_time_nothing_is_asked_for_or_touched_and_what_has_gone_is_deleted()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        FolderManifest first = FolderHost.Manifest("project", ("a", "content"), ("old/b", "more"));
        await host.SendAsync(first, "content", "more");
        string kept = Path.Combine(host.Home, "project", "a");
        File.SetLastWriteTimeUtc(kept, DateTime.UnixEpoch);

        FolderReply reply = await host.PostAsync(first with { Entries = [first.Entries[0]], Delete = true });

        Assert.Equal((0, 1, 2), (reply.Written, reply.Unchanged, reply.Deleted));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(kept));
        Assert.Equal([kept], Directory.GetFileSystemEntries(Path.Combine(host.Home, "project")));
    }

    [Fact]
    public async Task What_the_rules_ignore_is_not_deleted()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        string project = Path.Combine(host.Home, "project");
        foreach (string path in (string[])["bin/a.dll", "src/bin/b.dll", "src/x.tmp", "y.out", ".git/HEAD", "gone"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(project, path))!);
            await File.WriteAllTextAsync(Path.Combine(project, path), "there");
        }

        FolderManifest manifest = FolderHost.Manifest("project", (".gitignore", "bin/\n")) with
        {
            Delete = true,
            Rules = new FolderRules { UseGitignore = true, Exclude = ["*.tmp"], Prefix = "p", Above = [new IgnoreText("", "*.out")] },
        };
        await host.SendAsync(manifest, "bin/\n");

        Assert.Equal(
            [".git/HEAD", ".gitignore", "bin/a.dll", "src/bin/b.dll", "src/x.tmp", "y.out"],
            Directory.GetFiles(project, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(project, path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_content_that_a_deployment_has_is_copied_and_not_asked_for()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        await host.Host.PutAsync("content"u8.ToArray());

        await host.SendAsync(FolderHost.Manifest("project", ("a", "content")));
        await File.AppendAllTextAsync(Path.Combine(host.Home, "project", "a"), " of mine");

        string stored = Assert.Single(Directory.GetFiles(Path.Combine(host.Host.Home, "files"), "*", SearchOption.AllDirectories));
        Assert.Equal("content", await File.ReadAllTextAsync(stored));
    }

    [Fact]
    public async Task New_files_are_private_and_replaced_ones_keep_their_rights()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        string project = Path.Combine(host.Home, "project");
        await host.SendAsync(new FolderManifest { Path = "project", Entries = [FolderHost.Entry("a", "one"), FolderHost.Entry("tool", "one", isExecutable: true)] }, "one");
        Assert.Equal(HostFolders.PrivateFolder, File.GetUnixFileMode(project));
        Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(Path.Combine(project, "a")));
        Assert.Equal(HostFolders.PrivateFolder, File.GetUnixFileMode(Path.Combine(project, "tool")));

        UnixFileMode shared = HostFolders.PrivateFile | UnixFileMode.GroupRead;
        File.SetUnixFileMode(Path.Combine(project, "a"), shared);
        File.SetUnixFileMode(Path.Combine(project, "tool"), shared | UnixFileMode.UserExecute);
        await host.SendAsync(new FolderManifest { Path = "project", Entries = [FolderHost.Entry("a", "two", isExecutable: true), FolderHost.Entry("tool", "two", isExecutable: null)] }, "two");

        Assert.Equal(shared | UnixFileMode.UserExecute | UnixFileMode.GroupExecute, File.GetUnixFileMode(Path.Combine(project, "a")));
        Assert.Equal(shared | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(project, "tool")));
    }

    [Fact]
    public async Task What_was_sent_for_a_sync_that_never_ended_does_not_stay()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using FolderHost host = await FolderHost.StartAsync(time);
        await host.PutAsync("abandoned");
        Assert.Single(host.Staged());
        await host.SendAsync(FolderHost.Manifest("project", ("a", "one")), "one");
        Assert.Single(host.Staged());

        time.Advance(TimeSpan.FromDays(2));
        await host.PostAsync(FolderHost.Manifest("project", ("a", "one")));
        Assert.Empty(host.Staged());
    }

    [Fact]
    public async Task Many_at_once_bring_one_folder_to_one_state()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        FolderManifest manifest = FolderHost.Manifest("project", [.. Enumerable.Range(0, 50).Select(i => ($"{i}", $"content {i % 10}"))]) with { Delete = true };
        for (int i = 0; i < 10; i++)
            await host.PutAsync($"content {i}");

        FolderReply[] replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.PostAsync(manifest)));

        Assert.All(replies, static reply => Assert.Empty(reply.Missing));
        Assert.Equal(50, replies.Sum(static reply => reply.Written));
    }

    [Fact]
    public async Task A_folder_is_listed_with_hashes_by_its_own_rules()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        string project = Path.Combine(host.Home, "project");
        await host.SendAsync(FolderHost.Manifest("project", (".gitignore", "*.tmp\n"), ("a", "content"), ("b.tmp", "content")), "*.tmp\n", "content");
        Directory.CreateDirectory(Path.Combine(project, "nothing"));
        File.CreateSymbolicLink(Path.Combine(project, "inside"), "a");
        File.CreateSymbolicLink(Path.Combine(project, "outside"), "/etc/passwd");

        FolderListing listing = await host.ListAsync(new FolderQuery("~/project") { UseGitignore = true });

        Assert.Equal(project, listing.Path);
        Assert.False(listing.IsFile);
        Assert.Equal([".gitignore", "a", "inside", "nothing"], listing.Entries.Select(static entry => entry.Path));
        Assert.Equal(FolderHost.Entry("a", "content"), listing.Entries[1]);
        Assert.Equal("a", listing.Entries[2].LinkTarget);
        Assert.Equal(["outside"], listing.Skipped);

        FolderListing file = await host.ListAsync(new FolderQuery("project/a"));
        Assert.Equal((true, project, "a"), (file.IsFile, file.Path, Assert.Single(file.Entries).Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_read_as_a_stream(bool isCompressed)
    {
        await using FolderHost host = await FolderHost.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(host.Home, "data file"), "content");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/folders/file?path={Uri.EscapeDataString("~/data file")}");
        if (isCompressed)
            request.Headers.AcceptEncoding.ParseAdd("br");

        using HttpResponseMessage answer = await host.Host.Client.SendAsync(request);

        Stream body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(isCompressed ? new BrotliStream(body, CompressionMode.Decompress) : body);
        Assert.Equal("content", await reader.ReadToEndAsync());
        Assert.Equal(isCompressed ? ["br"] : [], answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found_and_a_folder_is_no_file()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        Directory.CreateDirectory(Path.Combine(host.Home, "project"));
        HostError listed = await TestHost.RefusalAsync(await host.TryListAsync(new FolderQuery("nothing")), HttpStatusCode.NotFound);
        HostError read = await TestHost.RefusalAsync(await host.Host.Client.GetAsync("/v1/folders/file?path=nothing"), HttpStatusCode.NotFound);
        HostError folder = await TestHost.RefusalAsync(await host.Host.Client.GetAsync("/v1/folders/file?path=project"), HttpStatusCode.UnprocessableEntity);
        Assert.All((HostError[])[listed, read], error => Assert.Contains(Path.Combine(host.Home, "nothing"), error.Message, StringComparison.Ordinal));
        Assert.Equal(HostErrorCode.Transfer, folder.Code);
    }
}
