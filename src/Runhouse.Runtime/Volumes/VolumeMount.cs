using System.Globalization;
using System.Text;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Volumes;

/// <summary>Has a machine's volumes mounted. A part of its user data does that, which may: it is told which device belongs where, and formats what is blank.</summary>
internal static class VolumeMount
{
    /// <summary>The name of the part of user data.</summary>
    public const string Program = "/usr/local/sbin/runhouse-volumes";

    private const int Patience = 180;

    private static readonly Lazy<string> Text = new(ReadScript);

    /// <summary>The part of user data.</summary>
    public static string Script => Text.Value;

    /// <summary>Has the volumes of a lease mounted; those that are stay as they are.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="machine">Its machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">One cannot be mounted.</exception>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    public static async Task RunAsync(Lease lease, Machine machine, CancellationToken cancellationToken)
    {
        var output = new MemoryStream();
        string lines = string.Concat(lease.Volumes.Zip(lease.Devices, static (volume, device) => $"{device} {volume.Path}\n"));
        await using var _ = output.ConfigureAwait(false);
        string wait = string.Create(CultureInfo.InvariantCulture, $$"""
            folder=/run/runhouse; tries=0
            again() { tries=$((tries + 1)); [ "$tries" -lt {{Patience}} ] || { echo "nobody on the machine mounts them: its image has not carried out user data (cloud-init)"; exit; }; sleep 1; }
            until [ -w "$folder" ]; do again; done
            rm -f "$folder/volumes.done"
            cat > "$folder/volumes.new" && mv "$folder/volumes.new" "$folder/volumes"
            until [ -e "$folder/volumes.done" ]; do again; done
            cat "$folder/volumes.done"
            """);
        await machine.RunAsync(new MachineCommand(wait) { Input = new MemoryStream(Encoding.ASCII.GetBytes(lines)), Output = output }, cancellationToken).ConfigureAwait(false);
        string said = Encoding.UTF8.GetString(output.ToArray()).Trim();
        if (said != "mounted")
            throw new DeploymentException($"The volumes of cluster '{lease.Cluster}' ({string.Join(", ", lease.Volumes)}) cannot be mounted on {machine}: {said}. Look at the disk in the cloud's console; if what is on it is of no use any more, delete the volume (runhouse volumes delete).");
    }

    private static string ReadScript()
    {
        using Stream resource = typeof(VolumeMount).Assembly.GetManifestResourceStream("Runhouse.Runtime.Volumes.volumes.sh")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
