using System.IO.Compression;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Runtime.Tests.Deployment;

public sealed class DeploymentUploadTests : IDisposable
{
    private static readonly string KnownHash = new('a', 64);
    private static readonly string NewHash = new('b', 64);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_missing_files_travel_compressed_to_other_machines(bool sameMachine)
    {
        bool uploaded = false;
        await using var host = new FakeHost(request =>
        {
            uploaded |= request.Method == "PUT";
            return new FakeReply(200, uploaded ? """{"id":"d1","missing":[]}""" : $$"""{"id":"d1","missing":["{{NewHash}}"]}""");
        });
        using var client = new HostClient(host.Address with { IsThisMachine = sameMachine }, TimeSpan.FromSeconds(10));

        await DeploymentUpload.DeployAsync(Build(), client, TestContext.Current.CancellationToken);

        FakeRequest upload = Assert.Single(host.Requests, request => request.Method == "PUT");
        Assert.Equal($"/v1/files/{NewHash}", upload.Path);
        Assert.Equal(sameMachine ? null : "br", upload.Headers.GetValueOrDefault("Content-Encoding"));
        using var content = new MemoryStream(upload.Body);
        using Stream plain = sameMachine ? content : new BrotliStream(content, CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.UTF8);
        Assert.Equal("new content", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_host_that_never_gets_enough_is_an_error()
    {
        await using var host = new FakeHost(_ => new FakeReply(200, $$"""{"id":"d1","missing":["{{NewHash}}"]}"""));
        using HostClient client = host.Client();

        await Assert.ThrowsAsync<DeploymentException>(() => DeploymentUpload.DeployAsync(Build(), client, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    private ApplicationBuild Build()
    {
        var known = new FileInfo(_folder.Write("known.dll", "known content"));
        var added = new FileInfo(_folder.Write("new.dll", "new content"));
        var manifest = new DeploymentManifest
        {
            Application = "app",
            EntryAssembly = "app.dll",
            Files = [new DeployedFile("known.dll", KnownHash, known.Length), new DeployedFile("new.dll", NewHash, added.Length)],
        };
        return new ApplicationBuild(manifest, manifest.ComputeId(), new Dictionary<string, FileInfo> { [KnownHash] = known, [NewHash] = added });
    }
}
