using Runhouse.Ssh.Network;

namespace Runhouse.Providers.Machines;

/// <summary>A disk of a machine of tests: a block device behind which is a file of this one.</summary>
internal sealed class LoopDisk
{
    private const int Megabytes = 64;

    private readonly string _loop;
    private readonly string _link;

    private LoopDisk(string loop, string link) => (_loop, _link) = (loop, link);

    /// <summary>Makes a file a device, which machines find where clouds have it: all see the same devices.</summary>
    /// <param name="file">The file; made, blank, when there is none.</param>
    /// <param name="device">The path below <c>/dev</c>.</param>
    public static async Task<LoopDisk> AttachAsync(string file, string device)
    {
        if (!File.Exists(file))
        {
            await using FileStream blank = File.Create(file);
            blank.SetLength(Megabytes << 20);
        }

        string loop = await Tool.RunAsync("losetup", ["--find", "--show", file]);
        string link = $"/dev/{device}";
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.Delete(link);
        File.CreateSymbolicLink(link, loop);
        return new LoopDisk(loop, link);
    }

    /// <summary>Takes it away; the system does so once nobody has it mounted.</summary>
    public async Task DetachAsync()
    {
        File.Delete(_link);
        await Tool.RunAsync("losetup", ["--detach", _loop]);
    }
}
