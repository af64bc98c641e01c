using System.Net;
using System.Net.Http.Json;
using System.Text;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Folders;

/// <summary>A host whose user has a home of its own, and what is asked of it about folders.</summary>
internal sealed class FolderHost : IAsyncDisposable
{
    private readonly string _root;

    private FolderHost(TestHost host, string root) => (Host, _root) = (host, root);

    public TestHost Host { get; }

    /// <summary>The home of the host's user.</summary>
    public string Home => Host.Settings.UserHome;

    /// <summary>A folder that is none of the host's and not in the home.</summary>
    public string Outside => Path.Combine(_root, "outside");

    public static async Task<FolderHost> StartAsync(TimeProvider? time = null)
    {
        string root = Directory.CreateTempSubdirectory("rhh-folders-").FullName;
        Directory.CreateDirectory(Path.Combine(root, "home"));
        Directory.CreateDirectory(Path.Combine(root, "outside"));
        HostSettings settings = TestHost.NewSettings() with { UserHome = Path.Combine(root, "home"), Home = Path.Combine(root, "home", ".runhouse") };
        return new FolderHost(await TestHost.StartAsync(settings, time), root);
    }

    public static FolderEntry Entry(string path, string content, bool? isExecutable = false)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        return new FolderEntry(path) { Hash = TestDeployment.HashOf(bytes), Size = bytes.Length, IsExecutable = isExecutable };
    }

    public static FolderManifest Manifest(string path, params (string Path, string Content)[] files)
        => new() { Path = path, Entries = [.. files.Select(static file => Entry(file.Path, file.Content))] };

    public Task<HttpResponseMessage> TryPostAsync(FolderManifest manifest) => Host.Client.PostAsync("/v1/folders", JsonContent.Create(manifest, ControlJson.Default.FolderManifest));

    public async Task<FolderReply> PostAsync(FolderManifest manifest)
    {
        HttpResponseMessage answer = await TryPostAsync(manifest);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(ControlJson.Default.FolderReply))!;
    }

    public Task<HttpResponseMessage> PutAsync(string content, string? hash = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        return Host.Client.PutAsync($"/v1/folders/contents/{hash ?? TestDeployment.HashOf(bytes)}", new ByteArrayContent(bytes));
    }

    public async Task<FolderReply> SendAsync(FolderManifest manifest, params string[] contents)
    {
        foreach (string content in contents)
            Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(content)).StatusCode);
        FolderReply reply = await PostAsync(manifest);
        Assert.Empty(reply.Missing);
        return reply;
    }

    public Task<HttpResponseMessage> TryListAsync(FolderQuery query) => Host.Client.PostAsync("/v1/folders/list", JsonContent.Create(query, ControlJson.Default.FolderQuery));

    public async Task<FolderListing> ListAsync(FolderQuery query)
    {
        HttpResponseMessage answer = await TryListAsync(query);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(ControlJson.Default.FolderListing))!;
    }

    public string[] Staged() => Directory.Exists(Path.Combine(Host.Home, "staged")) ? Directory.GetFiles(Path.Combine(Host.Home, "staged"), "*", SearchOption.AllDirectories) : [];

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}
