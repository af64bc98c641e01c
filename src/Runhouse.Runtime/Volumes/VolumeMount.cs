using System.Globalization;
using System.Security.Cryptography;
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

    // What is written is on the disk a second later: nothing unmounts it before the power is gone.
    private const string Prompt = "commit=1,nodelalloc";

    private static readonly Lazy<string> Text = new(ReadScript);

    /// <summary>The part of user data.</summary>
    public static string Script => Text.Value;

    /// <summary>Has the volumes of a lease mounted; those that are stay as they are. Not only once: a machine that starts again has none.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="machine">Its machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">One cannot be mounted.</exception>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    public static async Task RunAsync(Lease lease, Machine machine, CancellationToken cancellationToken)
    {
        var output = new MemoryStream();
        string options = MachineSetup.LosesPower(lease) ? Prompt : "defaults";
        string lines = string.Concat(lease.Volumes.Zip(lease.Devices, (volume, device) => $"{device} {volume.Path} {options}\n"));
        await using var _ = output.ConfigureAwait(false);
        string wait = string.Create(CultureInfo.InvariantCulture, $$"""
            folder=/run/runhouse; request=$folder/volumes.{{RandomNumberGenerator.GetHexString(16, lowercase: true)}}; tries=0; missing=
            again() { tries=$((tries + 1)); [ "$tries" -lt {{Patience}} ] || { echo "nobody on the machine mounts them: its image has not carried out user data (cloud-init)"; exit; }; sleep 1; }
            for path in {{string.Join(' ', lease.Volumes.Select(static volume => volume.Path))}}; do mountpoint -q "$path" || missing=$path; done
            [ -n "$missing" ] || { echo mounted; exit; }
            until [ -w "$folder" ]; do again; done
            cat > "$request.new" && mv "$request.new" "$request.asked"
            until [ -e "$request.answered" ]; do again; done
            cat "$request.answered"; rm -f "$request.answered"
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
