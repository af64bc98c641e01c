using Runhouse.Ssh.Network;

namespace Runhouse.Providers.Machines;

/// <summary>What the disk of a machine keeps while the machine is stopped: the folders in which something is ever changed here.</summary>
internal sealed class MachineDisk
{
    private const string Folders = "etc home root usr/local/sbin var/lib/machine";

    private readonly string _file;

    private MachineDisk(string file) => _file = file;

    /// <summary>Takes the power from a machine, and keeps its disk.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="file">The file to keep it in.</param>
    public static async Task<MachineDisk> SaveAsync(SshTestHost host, string file)
    {
        // Host keys are in a folder of memory here, and on the disk of other machines.
        await host.RunAsync("mkdir -p /var/lib/machine; cp -a /run/host_* /var/lib/machine/; kill -9 -1 || true");
        await using FileStream disk = File.Create(file);
        using System.Diagnostics.Process tar = host.Start("sh", "-c", $"cd / && exec tar --ignore-failed-read -cf - {Folders} 2>/dev/null");
        await tar.StandardOutput.BaseStream.CopyToAsync(disk);
        await tar.WaitForExitAsync();
        Assert.Equal(0, tar.ExitCode);
        return new MachineDisk(file);
    }

    /// <summary>Gives a machine that starts the disk, and does what the system does then: user data is for the first start, services are for each.</summary>
    /// <param name="host">The machine.</param>
    public async Task RestoreAsync(SshTestHost host)
    {
        using (System.Diagnostics.Process tar = host.Start("tar", "-C", "/", "--overwrite", "-xf", "-"))
        {
            await using (FileStream disk = File.OpenRead(_file))
                await disk.CopyToAsync(tar.StandardInput.BaseStream);
            tar.StandardInput.Close();
            await tar.WaitForExitAsync();
            Assert.Equal(0, tar.ExitCode);
        }

        await host.RunAsync("rm -f /run/host_*; cp -a /var/lib/machine/host_* /run/");
        await host.RestartServerAsync();
        await host.RunAsync("sed -n 's/^ExecStart=//p' /etc/systemd/system/runhouse-*.service | while read -r service; do setsid $service </dev/null >/dev/null 2>&1 & done");
    }
}
