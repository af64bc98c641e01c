using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Integration;

/// <summary>Runtimes for other platforms than this one's, made of packages.</summary>
public sealed class ComposedRuntimeTests : IDisposable
{
    private const ushort X64 = 62;
    private const ushort Arm64 = 183;

    private readonly string _folder = Directory.CreateTempSubdirectory("rhr-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("linux-arm64", Arm64)]
    [InlineData("linux-musl-x64", X64)]
    public async Task A_runtime_for_another_platform_is_whole_and_of_that_platform(string rid, ushort machine)
    {
        var runtimes = new ComposedRuntimes(_folder, TimeProvider.System);
        Assert.Null(runtimes.TryFind(rid));
        HostBundle bundle = await runtimes.GetAsync(rid, Stop);
        Assert.Equal(bundle.Id, runtimes.TryFind(rid)?.Id);
        string root = Assert.Single(Directory.GetDirectories(_folder));
        string version = Path.GetFileName(root)[(rid.Length + 1)..];
        Assert.StartsWith(Path.Combine(root, "host", "fxr", version), Assert.Single(Sources("libhostfxr.so")), StringComparison.Ordinal);

        // Every library and program is of that platform, and every file that the runtime asks for is there.
        foreach (BundleFile file in bundle.Files.Where(static file => file.Source.Name.EndsWith(".so", StringComparison.Ordinal) || file.IsExecutable))
        {
            byte[] header = new byte[20];
            await using FileStream content = file.Source.OpenRead();
            await content.ReadExactlyAsync(header, Stop);
            Assert.Equal(machine, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(18)));
        }

        foreach (string framework in (string[])["Microsoft.NETCore.App", "Microsoft.AspNetCore.App"])
        {
            string folder = Path.Combine(root, "shared", framework, version);
            foreach (string file in FilesOf(Path.Combine(folder, framework + ".deps.json")))
                Assert.True(File.Exists(Path.Combine(folder, file)), $"{framework} has no {file}.");
        }

        foreach (string program in (string[])["Runhouse.Host", "Runhouse.Worker"])
        {
            string path = Assert.Single(Sources(program));
            Assert.Contains($"{program}.dll\0", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path, Stop)), StringComparison.Ordinal);
            Assert.True(bundle.Files.Single(file => file.Source.FullName == path).IsExecutable);
        }

        string[] Sources(string name) => [.. bundle.Files.Where(file => file.Source.Name == name).Select(static file => file.Source.FullName)];
    }

    [Fact]
    public async Task A_machine_of_a_platform_without_dotnet_is_named_with_what_helps()
    {
        var machine = new ShellMachine();
        machine.Replace("uname", "case $1 in -m) echo riscv64 ;; *) echo Linux ;; esac");
        await using SshProvider provider = machine.ProviderOf();
        var pool = new ClusterSpec { Name = "pool", Provider = "ssh", Hosts = ["ada@folder"] };
        var error = await Assert.ThrowsAsync<DeploymentException>(() => provider.GetHostAsync(pool, 0, lost: null, progress: null, Stop));
        Assert.Contains("a folder (linux-riscv64) has no .NET", error.Message, StringComparison.Ordinal);
        Assert.Contains("not published for linux-riscv64. Install the ASP.NET Core runtime", error.Message, StringComparison.Ordinal);
        Finding finding = Assert.Single(await provider.CheckAsync(pool, 0, Stop), static finding => finding.Level == FindingLevel.Bad);
        Assert.Contains("linux-riscv64", finding.Text, StringComparison.Ordinal);
    }

    private static List<string> FilesOf(string depsFile)
    {
        using var deps = JsonDocument.Parse(File.ReadAllText(depsFile));
        return
        [
            .. deps.RootElement.GetProperty("targets").EnumerateObject().SelectMany(static target => target.Value.EnumerateObject())
                .SelectMany(static library => library.Value.EnumerateObject()).Where(static group => group.Name is "runtime" or "native")
                .SelectMany(static group => group.Value.EnumerateObject()).Select(static file => Path.GetFileName(file.Name)),
        ];
    }
}
