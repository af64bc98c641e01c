using Runhouse.Integration.App;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;

namespace Runhouse.Integration.Files;

/// <summary>The files and values of this run's host, and a folder for one test.</summary>
internal sealed class HostFiles : IDisposable
{
    private readonly HostClient _client;

    private HostFiles(LocalHost host)
    {
        using HttpClient control = host.Client();
        var address = new HostAddress(control.BaseAddress!, control.DefaultRequestHeaders.Authorization!.Parameter!, "id", "test") { IsThisMachine = true };
        _client = new HostClient(address, TimeSpan.FromSeconds(30));
        Files = new ClusterFiles(_ => Task.FromResult(_client), new RunhouseHome(Path.Combine(host.Home, "caller")), TimeProvider.System);
        Objects = new ClusterObjects(_ => Task.FromResult(_client), TimeProvider.System);

        // As a client of another machine sees it: what is worth it travels compressed.
        Far = new HostClient(address with { IsThisMachine = false }, TimeSpan.FromSeconds(30));
        FarFiles = new ClusterFiles(_ => Task.FromResult(Far), new RunhouseHome(Path.Combine(host.Home, "caller")), TimeProvider.System);
    }

    public ClusterFiles Files { get; }

    public ClusterFiles FarFiles { get; }

    public ClusterObjects Objects { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("rhi-files-").FullName;

    private HostClient Far { get; }

    public static async Task<HostFiles> OfAsync(LocalHost host)
    {
        await Jobs.Remote.ProcessIdAsync();
        return new HostFiles(host);
    }

    public string At(string path) => Path.Combine(Folder, path);

    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), content);
    }

    public void Dispose()
    {
        _client.Dispose();
        Far.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
