using System.Security.Cryptography;
using System.Text;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Running;

/// <summary>A manifest and the content of its files.</summary>
internal sealed record TestDeployment(DeploymentManifest Manifest, IReadOnlyList<byte[]> Contents)
{
    public string Id => Manifest.ComputeId();

    public static string HashOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public static TestDeployment Of(string application, params (string Path, string Content)[] files)
    {
        byte[][] contents = [.. files.Select(static file => Encoding.UTF8.GetBytes(file.Content))];
        DeployedFile[] deployed = [.. files.Zip(contents, static (file, content) => new DeployedFile(file.Path, HashOf(content), content.Length))];
        return new TestDeployment(new DeploymentManifest { Application = application, EntryAssembly = files[0].Path, Files = deployed }, contents);
    }

    /// <summary>The same with one more file, whose content is that of the first.</summary>
    public DeploymentManifest With(string path, string? hash = null, long? size = null) => Manifest with
    {
        Files = [.. Manifest.Files, new DeployedFile(path, hash ?? Manifest.Files[0].Hash, size ?? Manifest.Files[0].Size)],
    };
}
