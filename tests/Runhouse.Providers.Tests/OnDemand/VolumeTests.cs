using System.Text;
using System.Text.Json;
using Runhouse.Providers.Ec2;
using Runhouse.Runtime.Volumes;

namespace Runhouse.Providers.OnDemand;

/// <summary>Disks that outlive machines, as programs and people use them: block devices that are formatted and mounted.</summary>
[Collection("on demand")]
public sealed class VolumeTests(LeasedMachines machines)
{
    private static readonly Resources Needs = Resources.Parse(cpus: "2", provider: "aws", region: "us-east-1");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_volume_outlives_its_machine_and_the_next_one_has_what_was_on_it()
    {
        machines.Require();
        Cluster first = Cluster.OnDemand("writes", Needs).WithVolume("datasets", 20, "/data");
        Assert.Equal("", await RunAsync(first, "echo of-before > /data/note"));
        FakeInstance writer = Assert.Single(machines.AliveOf("writes"));
        CloudVolume volume = Assert.Single(await Volume.ListAsync(Stop));
        Assert.Equal(("datasets", 20, "aws", writer.Subnet.Zone.Id, writer.Id, 1.6m), (volume.Name, volume.Size, volume.Provider, volume.Zone, volume.AttachedTo, volume.AMonth));

        // One machine has it at a time, and nobody deletes it meanwhile.
        var taken = await Assert.ThrowsAsync<DeploymentException>(() => Cluster.OnDemand("reads", Needs).WithVolume("datasets", 20, "/data").UpIfNotAsync(cancellationToken: Stop));
        Assert.Contains("of cluster 'writes'", taken.Message, StringComparison.Ordinal);
        Assert.Contains("of cluster 'writes'", (await Assert.ThrowsAsync<DeploymentException>(() => Volume.DeleteAsync("datasets", Stop))).Message, StringComparison.Ordinal);
        Assert.Empty(machines.AliveOf("reads"));
        Assert.True(await first.DownAsync(Stop));
        Assert.Null(Assert.Single(await Volume.ListAsync(Stop)).AttachedTo);

        Cluster second = Cluster.OnDemand("reads-all", Needs).WithVolume("datasets", 20, "/sets/all");
        Assert.Equal("of-before\n", await RunAsync(second, "cat /sets/all/note"));
        Assert.Equal(writer.Subnet.Zone, Assert.Single(machines.AliveOf("reads-all")).Subnet.Zone);

        // It is there again when its machine was stopped.
        Assert.True(await second.StopAsync(Stop));
        Assert.Equal("of-before\n", await RunAsync(second, "cat /sets/all/note"));
        Assert.True(await second.DownAsync(Stop));
        Assert.NotNull(await Volume.DeleteAsync("datasets", Stop));
        Assert.Null(await Volume.DeleteAsync("datasets", Stop));
        Assert.Empty(await Volume.ListAsync(Stop));
    }

    [Fact]
    public async Task A_volume_is_mounted_again_when_its_machine_has_started_again_by_itself()
    {
        machines.Require();
        Cluster cluster = Cluster.OnDemand("reboots", Needs).WithVolume("kept", 20, "/data");
        await RunAsync(cluster, "echo of-before > /data/note");
        Runhouse.Ssh.Network.SshTestHost machine = machines.MachineOf(Assert.Single(machines.AliveOf("reboots")).Id);
        int host = (await cluster.StatusAsync(Stop)).Hosts[0].Status!.ProcessId;
        await machine.RunAsync($"kill -9 {host}; umount /data");
        await machines.LeaveAsync();
        Assert.Equal("of-before\n", await RunAsync(cluster, "cat /data/note"));

        // Programs that ask at once have an answer each, and one that asks for nothing is told so.
        const string Folder = "/run/runhouse";
        string device = Assert.Single(await Volume.ListAsync(Stop)).Device;
        string answers = await machine.RunAsync($$"""
            umount /data; cd {{Folder}}; : > volumes.none.new; echo "{{device}} /data defaults" | tee volumes.one.new > volumes.other.new
            for one in none one other; do mv volumes.$one.new volumes.$one.asked; done
            for one in none one other; do until [ -e volumes.$one.answered ]; do sleep 0.1; done; cat volumes.$one.answered; done
            """);
        Assert.Equal(["the request names none", "mounted", "mounted"], answers.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await cluster.DownAsync(Stop);
        Assert.NotNull(await Volume.DeleteAsync("kept", Stop));
    }

    // A table of partitions of somebody else's, and weights as they are, each in the place of the file system.
    [Theory]
    [InlineData("parts", "/data: mount: ", """
        printf '\000\000\000\000\203\000\000\000\000\010\000\000\000\010\000\000\000' | dd of=$device bs=1 seek=446 conv=notrunc 2>/dev/null
        printf '\125\252' | dd of=$device bs=1 seek=510 conv=notrunc 2>/dev/null
        """)]
    [InlineData("weights", "is no file system, and is left as it is", "dd if=/dev/zero of=$device bs=1M count=4 conv=notrunc 2>/dev/null; printf weights | dd of=$device bs=1 seek=1000000 conv=notrunc 2>/dev/null")]
    public async Task A_volume_that_is_not_blank_and_cannot_be_mounted_is_left_as_it_is_and_the_error_says_so(string content, string expected, string write)
    {
        machines.Require();
        Cluster first = Cluster.OnDemand($"{content}-made", Needs).WithVolume(content, 20, "/data");
        await RunAsync(first, "true");
        string device = $"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{Assert.Single(await Volume.ListAsync(Stop)).Id.Replace("-", "", StringComparison.Ordinal)}";
        Runhouse.Ssh.Network.SshTestHost host = machines.MachineOf(Assert.Single(machines.AliveOf(first.Name)).Id);
        const string Read = "dd bs=1M count=2 2>/dev/null | sha256sum";
        string before = await host.RunAsync($$"""
            device={{device}}; umount /data; wipefs -qa $device
            {{write}}
            sync; {{Read}} < $device
            """);
        await first.DownAsync(Stop);

        Cluster second = Cluster.OnDemand($"{content}-found", Needs).WithVolume(content, 20, "/data");
        var error = await Assert.ThrowsAsync<DeploymentException>(() => second.UpIfNotAsync(cancellationToken: Stop));
        Assert.StartsWith($"The volumes of cluster '{second.Name}' ({content}:20:/data) cannot be mounted on ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await machines.MachineOf(Assert.Single(machines.AliveOf(second.Name)).Id).RunAsync($"{Read} < {device}"));
        await second.DownAsync(Stop);
        Assert.NotNull(await Volume.DeleteAsync(content, Stop));
    }

    [Fact]
    public async Task A_disk_of_Google_Cloud_outlives_its_machine_too()
    {
        machines.Require();
        Resources needs = Resources.Parse(cpus: "4", provider: "gcp", region: "us-central1");
        Cluster first = Cluster.OnDemand("g-writes", needs).WithVolume("models", 20, "/models");
        await RunAsync(first, "echo of-before > /models/note");
        await first.DownAsync(Stop);
        Cluster second = Cluster.OnDemand("g-reads", needs).WithVolume("models", 20, "/models");
        Assert.Equal("of-before\n", await RunAsync(second, "cat /models/note"));

        // Nothing unmounts it on a spot machine, which ends without shutting down: what was written is not kept back there.
        Assert.DoesNotContain("nodelalloc", await RunAsync(second, "grep ' /models ' /proc/mounts"), StringComparison.Ordinal);
        await second.DownAsync(Stop);
        Cluster spot = Cluster.OnDemand("g-spot", Resources.Parse(cpus: "4", provider: "gcp", region: "us-central1", spot: "only")).WithVolume("models", 20, "/models");
        string mounted = await RunAsync(spot, "grep ' /models ' /proc/mounts");
        Assert.Contains("nodelalloc", mounted, StringComparison.Ordinal);
        Assert.Contains("commit=1", mounted, StringComparison.Ordinal);
        await spot.DownAsync(Stop);
        Assert.NotNull(await Volume.DeleteAsync("models", Stop));
        Assert.Empty(await Volume.ListAsync(Stop));
    }

    [Fact]
    public async Task A_volume_of_a_name_is_one_in_all_clouds_and_of_several_only_the_one_that_is_named_is_deleted()
    {
        machines.Require();
        Cluster first = Cluster.OnDemand("of-aws", Needs).WithVolume("one", 20, "/data").WithVolume("two", 20, "/more");
        await first.UpIfNotAsync(cancellationToken: Stop);
        await first.DownAsync(Stop);
        CloudVolume one = (await Volume.FindAsync("one", Stop))!;
        CloudVolume two = (await Volume.FindAsync("two", Stop))!;
        Cluster second = Cluster.OnDemand("of-gcp", Resources.Parse(cpus: "4", provider: "gcp", region: "us-central1")).WithVolume("one", 20, "/data");
        var elsewhere = await Assert.ThrowsAsync<CapacityException>(() => second.UpIfNotAsync(cancellationToken: Stop));
        Assert.StartsWith($"Volume {one} of cluster 'of-gcp' keeps its machine in {one.Zone}, and no machine there has ", elsewhere.Message, StringComparison.Ordinal);
        Assert.Equal([one, two], await Volume.ListAsync(Stop));

        // As somebody may tag them by hand.
        machines.Ec2.Regions[two.Region].Volumes.Single(volume => volume.Id == two.Id).Tags["runhouse-volume"] = "one";
        string several = $"There are several volumes 'one': {one}; {two with { Name = "one" }}. Delete those that are not meant, each by its id, as in 'runhouse volumes delete {two.Id}'; or take a volume of another name.";
        Assert.Equal(several, (await Assert.ThrowsAsync<DeploymentException>(() => first.UpIfNotAsync(cancellationToken: Stop))).Message);
        Assert.Equal(several, (await Assert.ThrowsAsync<DeploymentException>(() => Volume.DeleteAsync("one", Stop))).Message);
        Assert.Equal(1, (await CommandLine.RunAsync("volumes", "delete", two.Id, "--yes")).GetProperty("deleted").GetInt32());
        Assert.Equal(one, Assert.Single(await Volume.ListAsync(Stop)));
        Assert.Equal(one, await Volume.DeleteAsync("one", Stop));
    }

    [Fact]
    public async Task The_command_line_makes_lists_and_deletes_volumes()
    {
        machines.Require();
        await CommandLine.RunAsync("up", "tooled", "--cpus", "2", "--provider", "aws", "--region", "us-east-1", "--volume", "scratch:30:/scratch");
        Assert.Equal("scratch", (await CommandLine.RunAsync("volumes", "list")).EnumerateArray().Select(static one => one.GetProperty("name").GetString()).Single());
        await CommandLine.RunAsync("down", "tooled");
        JsonElement kept = (await CommandLine.RunAsync("volumes", "list"))[0];
        Assert.Equal((30, 2.4m), (kept.GetProperty("size").GetInt32(), kept.GetProperty("aMonth").GetDecimal()));
        Assert.Equal(1, (await CommandLine.RunAsync("volumes", "delete", "scratch", "--yes")).GetProperty("deleted").GetInt32());
        Assert.Empty((await CommandLine.RunAsync("volumes", "list")).EnumerateArray());
    }

    [Theory]
    [InlineData("data", "'data' is no volume. Write its name, its size in GiB and its folder, as in datasets:200:/data.")]
    [InlineData("Data:20:/data", "'Data' names no volume. Write up to 40 small letters, digits and '-', a letter first.")]
    [InlineData("data:5:/data", "Volume 'data' cannot have 5 GiB. Ask for 10 to 16384.")]
    [InlineData("data:20:/home/runhouse", "Volume 'data' cannot be at '/home/runhouse'.")]
    [InlineData("data:20:data", "Volume 'data' cannot be at 'data'.")]
    [InlineData("data:20:/a/../etc", "Volume 'data' cannot be at '/a/../etc'.")]
    public void What_is_no_volume_is_said_to_be_none(string text, string problem)
        => Assert.StartsWith(problem, Assert.Throws<FormatException>(() => ClusterVolume.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/data", "/sets/all", "/mnt", "/mnt/data", "/srv/data", "/opt/data", "/var/data", "/home/runhouse/data", "/home/runhouse/data/.cache")]
    public void A_volume_is_at_a_folder_that_is_nobody_elses(params string[] paths)
        => Assert.All(paths, static path => Assert.Equal(path, ClusterVolume.Parse($"data:20:{path}").Path));

    [Theory]
    [InlineData("/home", "/home/runhouse", "/home/runhouse/.ssh", "/home/runhouse/.runhouse/hosts", "/home/ada/data", "/root/data")]
    [InlineData("/usr", "/usr/lib", "/usr/local/sbin", "/etc/ssh", "/lib64", "/lib/modules", "/boot/efi", "/snap/core")]
    [InlineData("/opt", "/var", "/var/lib", "/var/lib/cloud", "/var/log", "/run/runhouse", "/dev/shm", "/proc/self", "/tmp/data")]
    public void A_volume_is_not_mounted_over_a_folder_of_the_system_or_one_that_code_is_started_from(params string[] paths)
        => Assert.All(paths, static path => Assert.StartsWith($"Volume 'data' cannot be at '{path}'.", Assert.Throws<FormatException>(() => ClusterVolume.Parse($"data:20:{path}")).Message, StringComparison.Ordinal));

    [Fact]
    public void A_cluster_that_cannot_have_volumes_says_so_when_it_is_declared()
    {
        Assert.Contains("one machine has a volume at a time", Assert.Throws<InvalidOperationException>(() => Cluster.OnDemand("gang", Needs, 2).WithVolume("data", 20, "/data")).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Cluster.Ssh("own", "ada@10.0.0.7").WithVolume("data", 20, "/data"));
        Assert.Throws<ArgumentException>(() => Cluster.OnDemand("two", Needs).WithVolume("data", 20, "/data").WithVolume("other", 20, "/data"));
        Assert.Throws<ArgumentException>(() => Cluster.OnDemand("small", Needs).WithVolume("data", 1, "/data"));
        Assert.Equal("data:20:/data", Assert.Single(Cluster.OnDemand("one", Needs).WithVolume("data", 20, "/data").Volumes).ToString());
    }

    private static async Task<string> RunAsync(Cluster cluster, string command)
    {
        using var output = new MemoryStream();
        Assert.Equal(0, await cluster.RunAsync(command, output, cancellationToken: Stop));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
