using System.Net;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Folders;

/// <summary>Behaviours 35 and 50: what the host refuses to do with the folders of its machine.</summary>
public sealed class HostileFolderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("/tmp/../etc")]
    [InlineData("~root/x")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData(".runhouse")]
    [InlineData("~/.runhouse/files")]
    public async Task A_target_that_is_no_path_or_the_hosts_own_folder_is_refused(string path)
    {
        await using FolderHost host = await FolderHost.StartAsync();
        await host.PutAsync("content");
        HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(FolderHost.Manifest(path, ("x", "content"))), HttpStatusCode.UnprocessableEntity);
        Assert.Equal(HostErrorCode.Transfer, error.Code);
        Assert.Equal([".runhouse"], Directory.GetFileSystemEntries(host.Home).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("~")]
    [InlineData(".")]
    [InlineData("~/")]
    [InlineData("/")]
    [InlineData("ABOVE")]
    [InlineData("HOME")]
    [InlineData("LINK")]
    public async Task The_home_and_what_is_above_it_are_neither_mirrored_nor_listed(string path)
    {
        await using FolderHost host = await FolderHost.StartAsync();
        string link = Path.Combine(host.Outside, "link");
        File.CreateSymbolicLink(link, host.Home);
        await File.WriteAllTextAsync(Path.Combine(host.Home, "precious"), "mine");
        path = path switch
        {
            "ABOVE" => Path.GetDirectoryName(host.Home)!,
            "HOME" => host.Home,
            "LINK" => link,
            _ => path,
        };

        HostError synced = await TestHost.RefusalAsync(await host.TryPostAsync(FolderHost.Manifest(path) with { Delete = true }), HttpStatusCode.UnprocessableEntity);
        await TestHost.RefusalAsync(await host.TryListAsync(new FolderQuery(path)), HttpStatusCode.UnprocessableEntity);

        Assert.Contains("Choose", synced.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Path.Combine(host.Home, "precious")));
    }

    [Fact]
    public async Task Into_the_home_files_may_be_copied_but_not_into_the_hosts_folder_there()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        await host.SendAsync(FolderHost.Manifest("~", ("a", "content")), "content");
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(host.Home, "a")));
        await TestHost.RefusalAsync(await host.TryPostAsync(FolderHost.Manifest("~", (".runhouse/host.json", "content"))), HttpStatusCode.UnprocessableEntity);
        Assert.Contains(host.Host.Host.Credentials.Token, await File.ReadAllTextAsync(Path.Combine(host.Host.Home, "host.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hosts_own_files_are_not_read()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        await TestHost.RefusalAsync(await host.Host.Client.GetAsync("/v1/folders/file?path=~/.runhouse/host.json"), HttpStatusCode.UnprocessableEntity);
        await TestHost.RefusalAsync(await host.TryListAsync(new FolderQuery("~/.runhouse/host.json")), HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    [InlineData("a/")]
    [InlineData("a\\x")]
    [InlineData(".runhouse-sync/x")]
    public async Task An_entry_that_leaves_its_folder_is_refused_by_name_and_nothing_is_written(string path)
    {
        await using FolderHost host = await FolderHost.StartAsync();
        await host.PutAsync("content");
        HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(FolderHost.Manifest("project", ("fine", "content"), (path, "content"))), HttpStatusCode.UnprocessableEntity);
        Assert.Contains($"'{path}'", error.Message, StringComparison.Ordinal);
        Assert.Equal([".runhouse"], Directory.GetFileSystemEntries(host.Home).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_link_that_leads_out_is_not_made_and_one_that_is_there_not_followed()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        FolderManifest link = new() { Path = "project", Entries = [new FolderEntry("link") { LinkTarget = "../../outside" }] };
        await TestHost.RefusalAsync(await host.TryPostAsync(link), HttpStatusCode.UnprocessableEntity);

        await File.WriteAllTextAsync(Path.Combine(host.Outside, "file"), "mine");
        Directory.CreateDirectory(Path.Combine(host.Home, "project"));
        File.CreateSymbolicLink(Path.Combine(host.Home, "project", "link"), host.Outside);
        await host.PutAsync("theirs");
        HostError error = await TestHost.RefusalAsync(await host.TryPostAsync(FolderHost.Manifest("project", ("link/file", "theirs"))), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);

        await host.SendAsync(FolderHost.Manifest("project", ("link/file", "theirs")) with { Delete = true });
        Assert.Null(new DirectoryInfo(Path.Combine(host.Home, "project", "link")).LinkTarget);
        Assert.Equal("mine", await File.ReadAllTextAsync(Assert.Single(Directory.GetFileSystemEntries(host.Outside))));
    }

    [Fact]
    public async Task A_content_of_another_hash_is_refused_and_not_kept()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        string hash = FolderHost.Entry("x", "other").Hash!;
        await TestHost.RefusalAsync(await host.PutAsync("content", hash), HttpStatusCode.UnprocessableEntity);
        await TestHost.RefusalAsync(await host.PutAsync("content", "abc"), HttpStatusCode.UnprocessableEntity);
        Assert.Empty(host.Staged());
    }

    [Fact]
    public async Task Half_an_upload_is_not_kept()
    {
        await using FolderHost host = await FolderHost.StartAsync();
        string hash = FolderHost.Entry("x", "half").Hash!;

        // The first half is whole in itself; the second one is no chunk.
        string answer = await host.Host.SendRawAsync(
            $"PUT /v1/folders/contents/{hash} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.Host.Host.Credentials.Token}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(host.Staged());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"path\":\"a\"}")]
    [InlineData("{\"path\":null,\"entries\":[]}")]
    [InlineData("{\"path\":\"a\",\"entries\":null}")]
    [InlineData("{\"path\":\"a\",\"entries\":[null]}")]
    [InlineData("{\"path\":\"a\",\"entries\":[{\"path\":null}]}")]
    [InlineData("{\"path\":\"a\",\"entries\":[],\"rules\":{\"above\":[{\"folder\":\"x\",\"text\":\"y\"}]}}")]
    [InlineData("{\"path\":\"a\",\"entries\":[{\"path\":\"x\",\"hash\":\"no\"}]}")]
    [InlineData("{\"path\":\"a\",\"entries\":[{\"path\":\"x\",\"size\":-1}]}")]
    public async Task A_manifest_that_is_none_is_refused(string json)
    {
        await using FolderHost host = await FolderHost.StartAsync();
        using var body = new StringContent(json);
        HttpResponseMessage answer = await host.Host.Client.PostAsync("/v1/folders", body);
        await TestHost.RefusalAsync(answer, HttpStatusCode.UnprocessableEntity);
        Assert.Equal([".runhouse"], Directory.GetFileSystemEntries(host.Home).Select(Path.GetFileName));
    }
}
