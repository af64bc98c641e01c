using System.IO.Compression;
using System.Net;
using System.Text;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Behaviour 50, the files' side.</summary>
public sealed class FileStoreTests
{
    [Fact]
    [Acceptance(50)]
    public async Task Content_of_another_hash_is_refused_and_not_kept()
    {
        await using TestHost host = await TestHost.StartAsync();
        byte[] content = Encoding.UTF8.GetBytes("content");
        string other = TestDeployment.HashOf(Encoding.UTF8.GetBytes("other"));

        HostError error = await TestHost.RefusalAsync(await host.PutAsync(content, other), HttpStatusCode.UnprocessableEntity);

        Assert.Contains(other, error.Message, StringComparison.Ordinal);
        Assert.Contains(TestDeployment.HashOf(content), error.Message, StringComparison.Ordinal);
        Assert.Empty(StoredFiles(host));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("..%2f..%2fx")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public async Task A_name_that_is_no_hash_is_refused(string name)
    {
        await using TestHost host = await TestHost.StartAsync();
        await TestHost.RefusalAsync(await host.Client.PutAsync($"/v1/files/{name}", new ByteArrayContent([1])), HttpStatusCode.UnprocessableEntity);
        Assert.Empty(StoredFiles(host));
    }

    [Fact]
    public async Task Compressed_content_is_kept_as_what_it_holds()
    {
        await using TestHost host = await TestHost.StartAsync();
        byte[] content = new byte[300_000];
        Random.Shared.NextBytes(content.AsSpan(0, 1000));
        HttpResponseMessage answer = await PutBrotliAsync(host, Compress(content), TestDeployment.HashOf(content));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(content, await File.ReadAllBytesAsync(Assert.Single(StoredFiles(host))));
    }

    [Fact]
    public async Task Compressed_content_that_grows_beyond_the_limit_is_refused_and_not_kept()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { MaxFileBytes = 1 << 20 });
        byte[] bomb = new byte[64 << 20];
        HostError error = await TestHost.RefusalAsync(
            await PutBrotliAsync(host, Compress(bomb), TestDeployment.HashOf(bomb)), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("1048576", error.Message, StringComparison.Ordinal);
        Assert.Empty(StoredFiles(host));
    }

    [Fact]
    public async Task Content_that_is_not_compressed_as_it_says_is_refused()
    {
        await using TestHost host = await TestHost.StartAsync();
        byte[] content = [0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa];
        await TestHost.RefusalAsync(await PutBrotliAsync(host, content, TestDeployment.HashOf(content)), HttpStatusCode.UnprocessableEntity);
        Assert.Empty(StoredFiles(host));
    }

    [Fact]
    public async Task An_upload_larger_than_the_limit_is_refused()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { MaxFileBytes = 1000 });
        HttpResponseMessage answer = await host.PutAsync(new byte[1001]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(StoredFiles(host));
    }

    [Fact]
    public async Task The_same_file_uploaded_at_once_by_many_is_kept_once()
    {
        await using TestHost host = await TestHost.StartAsync();
        byte[] content = new byte[500_000];
        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.PutAsync(content)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode));
        Assert.Single(StoredFiles(host));
    }

    [Fact]
    [Acceptance(50)]
    public async Task A_symbolic_link_in_the_store_counts_as_missing()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = TestDeployment.Of("App", ("a.dll", "content"));
        string hash = deployment.Manifest.Files[0].Hash;
        string outside = Path.Combine(host.Home, "outside");
        await File.WriteAllTextAsync(outside, "content");
        Directory.CreateDirectory(Path.Combine(host.Home, "files", hash[..2]));
        File.CreateSymbolicLink(Path.Combine(host.Home, "files", hash[..2], hash), outside);

        Assert.Equal([hash], (await host.PostAsync(deployment.Manifest)).Missing);

        await host.PutAsync(deployment.Contents[0]);
        Assert.Empty((await host.PostAsync(deployment.Manifest)).Missing);
        Assert.Equal("content", await File.ReadAllTextAsync(outside));
    }

    [Fact]
    public async Task A_file_that_lost_its_bytes_is_asked_for_again()
    {
        await using TestHost host = await TestHost.StartAsync();
        TestDeployment deployment = TestDeployment.Of("App", ("a.dll", "content"));
        await host.PutAsync(deployment.Contents[0]);
        string stored = Assert.Single(StoredFiles(host));
        File.SetUnixFileMode(stored, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(stored, "");

        Assert.Single((await host.PostAsync(deployment.Manifest)).Missing);
        await host.PutAsync(deployment.Contents[0]);
        Assert.Empty((await host.PostAsync(deployment.Manifest)).Missing);
    }

    private static string[] StoredFiles(TestHost host) => Directory.GetFiles(Path.Combine(host.Home, "files"), "*", SearchOption.AllDirectories);

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.Fastest))
            brotli.Write(content);
        return compressed.ToArray();
    }

    private static Task<HttpResponseMessage> PutBrotliAsync(TestHost host, byte[] bytes, string hash)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentEncoding.Add("br");
        return host.Client.PutAsync($"/v1/files/{hash}", content);
    }
}
