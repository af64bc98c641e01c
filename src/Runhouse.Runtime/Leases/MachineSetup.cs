using System.Globalization;
using System.Text.Json.Nodes;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Runtime.Leases;

/// <summary>
/// What a leased machine does when it first starts, in the form of cloud-init: the user to log in as and the host key are there before anybody can log in, so that the first
/// connection is to the machine that was asked for; and the lease's watch runs, so that a machine that nobody uses ends by itself.
/// </summary>
internal static class MachineSetup
{
    /// <summary>The user to log in as.</summary>
    public const string User = "runhouse";

    /// <summary>The file whose time is the end of the lease.</summary>
    public const string LeaseFile = "/run/runhouse/lease";

    private const string Watch = "/usr/local/sbin/runhouse-lease";
    private static readonly Lazy<string> Script = new(ReadScript);

    /// <summary>The user data of the create call.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="bootTime">How long the machine may take until its host renews the lease.</param>
    public static string UserData(Lease lease, TimeSpan bootTime)
    {
        string boot = Math.Ceiling(bootTime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string unit = $"""
            [Unit]
            Description=Ends this machine when its lease is over
            [Service]
            ExecStart={Watch} {User} {boot}
            Restart=always
            [Install]
            WantedBy=multi-user.target

            """;

        // JSON is YAML, and needs no writer of its own.
        var data = new JsonObject
        {
            ["ssh_deletekeys"] = true,
            ["ssh_pwauth"] = false,
            ["disable_root"] = true,
            ["ssh_keys"] = new JsonObject { ["ecdsa_private"] = lease.HostKey, ["ecdsa_public"] = MachineKey.PublicOf(lease.HostKey).ToLine() },
            ["users"] = new JsonArray(new JsonObject
            {
                ["name"] = User,
                ["shell"] = "/bin/bash",
                ["lock_passwd"] = true,
                ["sudo"] = "ALL=(ALL) NOPASSWD:ALL",
                ["ssh_authorized_keys"] = new JsonArray(MachineKey.PublicOf(lease.LoginKey).ToLine()),
            }),
            ["write_files"] = new JsonArray([File(Watch, "0755", Script.Value), File("/etc/systemd/system/runhouse-lease.service", "0644", unit), .. OfVolumes(lease), .. OfProvider(lease)]),
            ["runcmd"] = new JsonArray(
                new JsonArray("sh", "-c", $"systemctl enable --now runhouse-lease.service || setsid {Watch} {User} {boot} </dev/null >/dev/null 2>&1 &"),
                new JsonArray("sh", "-c", "systemctl kill --signal=HUP systemd-logind || true")),
        };
        if (lease.Volumes.Count > 0)
            data["runcmd"]!.AsArray().Add((JsonNode)new JsonArray("sh", "-c", $"systemctl enable --now runhouse-volumes.service || setsid {VolumeMount.Program} {User} </dev/null >/dev/null 2>&1 &"));
        return "#cloud-config\n" + data.ToJsonString();
    }

    /// <summary>Whether the machine ends without shutting down: Google presses the power button of a spot machine together with its notice, and pulls the plug half a minute later; the time in between is the code's.</summary>
    /// <param name="lease">The lease.</param>
    public static bool LosesPower(Lease lease) => lease.Offer.Provider == "gcp" && lease.IsSpot;

    private static IEnumerable<JsonObject> OfVolumes(Lease lease)
    {
        if (lease.Volumes.Count == 0)
            yield break;
        yield return File(VolumeMount.Program, "0755", VolumeMount.Script);
        yield return File("/etc/systemd/system/runhouse-volumes.service", "0644", $"""
            [Unit]
            Description=Mounts the volumes of this machine's lease
            [Service]
            ExecStart={VolumeMount.Program} {User}
            Restart=always
            [Install]
            WantedBy=multi-user.target

            """);
    }

    private static IEnumerable<JsonObject> OfProvider(Lease lease)
    {
        if (lease.Offer.Provider != "gcp")
            yield break;

        // Google's agent makes new host keys when it first starts, after these are there, unless it is told not to.
        yield return File("/etc/default/instance_configs.cfg", "0644", "[InstanceSetup]\nset_host_keys = false\n");

        if (LosesPower(lease))
            yield return File("/etc/systemd/logind.conf.d/runhouse.conf", "0644", "[Login]\nHandlePowerKey=ignore\n");
    }

    private static JsonObject File(string path, string permissions, string content) => new() { ["path"] = path, ["permissions"] = permissions, ["content"] = content };

    private static string ReadScript()
    {
        using Stream resource = typeof(MachineSetup).Assembly.GetManifestResourceStream("Runhouse.Runtime.Leases.lease.sh")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
