using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Runtime.Tests.Files;

/// <summary>What a host lists is written only where the caller said, and only when it is what was listed.</summary>
public sealed class HostileHostTests : IDisposable
{
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData("content"u8));

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("../x", null)]
    [InlineData("/etc/x", null)]
    [InlineData("a/../../x", null)]
    [InlineData("a\\\\x", null)]
    [InlineData("link", "../outside")]
    [InlineData("link", "/etc")]
    public async Task A_listing_that_leads_out_of_the_folder_is_refused(string path, string? target)
    {
        string entry = target is null ? $$"""{"path":"{{path}}","hash":"{{Hash}}","size":7}""" : $$"""{"path":"{{path}}","linkTarget":"{{target}}","size":0}""";
        await using FakeHost host = Listing($$"""{"path":"/there","isFile":false,"entries":[{{entry}}],"skipped":[]}""");
        using HostClient client = host.Client();

        await Assert.ThrowsAsync<FileTransferException>(() => Files(client).DownloadAsync("there", At("here/folder")));

        Assert.False(Directory.Exists(At("here")));
        Assert.Single(host.Requests);
    }

    [Fact]
    public async Task Content_other_than_the_listed_one_is_refused_and_the_target_stays()
    {
        _folder.Write("here/a", "mine");
        await using FakeHost host = Listing($$"""{"path":"/there","isFile":false,"entries":[{"path":"a","hash":"{{Hash}}","size":7}],"skipped":[]}""", "CONTENT");
        using HostClient client = host.Client();

        var error = await Assert.ThrowsAsync<FileTransferException>(() => Files(client).SyncDownAsync("there", At("here")));

        Assert.Contains("/there/a", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(At("here/a"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_content_that_never_ends_is_given_up_at_its_size()
    {
        await using FakeHost host = Listing($$"""{"path":"/there","isFile":false,"entries":[{"path":"a","hash":"{{Hash}}","size":7}],"skipped":[]}""", "content and more");
        using HostClient client = host.Client();

        await Assert.ThrowsAsync<FileTransferException>(() => Files(client).SyncDownAsync("there", At("here")));
        Assert.DoesNotContain(Directory.EnumerateFiles(At("here"), "*", SearchOption.AllDirectories), static file => file.EndsWith("/a", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rules_of_the_host_do_not_decide_what_is_deleted_against_the_caller()
    {
        _folder.Write("here/keep.txt", "mine");
        await using FakeHost host = Listing("""{"path":"/there","isFile":false,"entries":[],"skipped":[],"rules":{"useGitignore":false,"exclude":[],"prefix":"","above":[]}}""");
        using HostClient client = host.Client();

        await Files(client).SyncDownAsync("there", At("here"), new TransferOptions { Exclude = ["keep.txt"] }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(File.Exists(At("here/keep.txt")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Missing_contents_travel_compressed_to_other_machines(bool sameMachine)
    {
        _folder.Write("here/a.txt", "content");
        bool uploaded = false;
        await using var host = new FakeHost(request =>
        {
            uploaded |= request.Method == "PUT";
            return new FakeReply(200, uploaded ? """{"missing":[],"written":1,"unchanged":0,"deleted":0}""" : $$"""{"missing":["{{Hash}}"]}""");
        });
        using var client = new HostClient(host.Address with { IsThisMachine = sameMachine }, TimeSpan.FromSeconds(10));

        TransferResult result = await Files(client).UploadAsync(At("here"), "there", cancellationToken: TestContext.Current.CancellationToken);

        FakeRequest upload = Assert.Single(host.Requests, static request => request.Method == "PUT");
        Assert.Equal($"/v1/folders/contents/{Hash}", upload.Path);
        using var content = new MemoryStream(upload.Body);
        using Stream plain = sameMachine ? content : new BrotliStream(content, CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.UTF8);
        Assert.Equal("content", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1, 7), (result.Written, result.BytesCopied));
    }

    [Fact]
    public async Task A_host_that_never_gets_enough_is_an_error()
    {
        _folder.Write("here/a.txt", "content");
        await using var host = new FakeHost(_ => new FakeReply(200, $$"""{"missing":["{{Hash}}"]}"""));
        using HostClient client = host.Client();
        await Assert.ThrowsAsync<FileTransferException>(() => Files(client).UploadAsync(At("here"), "there", cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_host_that_asks_for_what_was_not_offered_gets_nothing()
    {
        _folder.Write("here/a.txt", "content");
        await using var host = new FakeHost(_ => new FakeReply(200, $$"""{"missing":["{{new string('0', 64)}}"]}"""));
        using HostClient client = host.Client();
        await Assert.ThrowsAsync<FileTransferException>(() => Files(client).UploadAsync(At("here"), "there", cancellationToken: TestContext.Current.CancellationToken));
        Assert.DoesNotContain(host.Requests, static request => request.Method == "PUT");
    }

    public void Dispose() => _folder.Dispose();

    private static FakeHost Listing(string listing, string content = "") => new(request => new FakeReply(200, request.Method == "POST" ? listing : content));

    private string At(string path) => Path.Combine(_folder.Path, path);

    private ClusterFiles Files(HostClient client) => new(_ => Task.FromResult(client), new RunhouseHome(At("home")), TimeProvider.System);
}
