using System.Diagnostics;
using System.Text.Json;
using Runhouse.Runtime.Leases;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Runtime.Tests.Leases;

/// <summary>What leased machines are made with.</summary>
public sealed class MachineSetupTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_keys_that_are_made_are_in_the_user_data_in_the_form_of_cloud_init()
    {
        Lease lease = NewLease();

        string data = MachineSetup.UserData(lease, TimeSpan.FromMinutes(15));

        Assert.StartsWith("#cloud-config\n", data, StringComparison.Ordinal);
        JsonElement root = JsonDocument.Parse(data["#cloud-config\n".Length..]).RootElement;
        Assert.Equal(lease.HostKey, root.GetProperty("ssh_keys").GetProperty("ecdsa_private").GetString());
        Assert.Equal(MachineKey.PublicOf(lease.LoginKey).ToLine(), root.GetProperty("users")[0].GetProperty("ssh_authorized_keys")[0].GetString());
        Assert.DoesNotContain(lease.LoginKey.Split('\n')[1], data, StringComparison.Ordinal);
        Assert.InRange(data.Length, 1, 16 << 10);
    }

    [Theory]
    [InlineData("gcp", true)]
    [InlineData("aws", false)]
    public void The_agent_of_google_leaves_the_host_keys_as_they_are(string provider, bool isTold)
    {
        Lease lease = NewLease();

        string data = MachineSetup.UserData(lease with { Offer = lease.Offer with { Provider = provider } }, TimeSpan.FromMinutes(15));

        JsonElement[] files = [.. JsonDocument.Parse(data["#cloud-config\n".Length..]).RootElement.GetProperty("write_files").EnumerateArray().Where(static file => file.GetProperty("path").GetString() == "/etc/default/instance_configs.cfg")];
        Assert.Equal(isTold ? ["[InstanceSetup]\nset_host_keys = false\n"] : [], files.Select(static file => file.GetProperty("content").GetString()));
    }

    [Fact]
    public async Task OpenSSH_reads_the_same_public_half_out_of_a_key()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "key");
        string key = MachineKey.New();
        await File.WriteAllTextAsync(path, key, Stop);
        MakePrivate(path);

        Process? tool;
        try
        {
            tool = Process.Start(new ProcessStartInfo("ssh-keygen", ["-y", "-f", path]) { RedirectStandardOutput = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "ssh-keygen is missing: apt-get install openssh-client");
            throw;
        }

        using (tool)
            Assert.Equal(MachineKey.PublicOf(key).ToLine(), (await tool!.StandardOutput.ReadToEndAsync(Stop)).Trim());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_watch_shuts_the_machine_down_when_the_lease_is_over_and_not_before(bool isRenewed)
    {
        using var folder = new TemporaryFolder();
        string tools = Directory.CreateDirectory(Path.Combine(folder.Path, "bin")).FullName;
        string shut = Path.Combine(folder.Path, "shut");
        await File.WriteAllTextAsync(Path.Combine(tools, "shutdown"), $"#!/bin/sh\necho \"$@\" >'{shut}'\n", Stop);
        string looks = Path.Combine(folder.Path, "looks");
        await File.WriteAllTextAsync(Path.Combine(tools, "sleep"), $"#!/bin/sh\necho >>'{looks}'\nexec /bin/sleep 0.05\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(tools, "watch"), JsonDocument.Parse(MachineSetup.UserData(NewLease(), TimeSpan.FromMinutes(1))["#cloud-config\n".Length..])
            .RootElement.GetProperty("write_files")[0].GetProperty("content").GetString(), Stop);
        foreach (string tool in Directory.EnumerateFiles(tools))
            MakePrivate(tool, UnixFileMode.UserExecute);
        string state = Path.Combine(folder.Path, "state");
        var start = new ProcessStartInfo(Path.Combine(tools, "watch"), [Environment.UserName, "600", state]);
        start.Environment["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}";
        using Process watch = Process.Start(start)!;
        string lease = Path.Combine(state, "lease");
        while (!File.Exists(lease) || File.GetLastWriteTimeUtc(lease) < DateTime.UtcNow.AddMinutes(5))
            await Task.Delay(10, Stop);

        if (isRenewed)
        {
            File.SetLastWriteTimeUtc(lease, DateTime.UtcNow.AddMinutes(5));
            int seen = Looks();
            while (Looks() < seen + 3)
                await Task.Delay(10, Stop);
            Assert.False(watch.HasExited);
            Assert.False(File.Exists(shut));
        }

        File.SetLastWriteTimeUtc(lease, DateTime.UtcNow);
        await watch.WaitForExitAsync(Stop);
        Assert.Equal("-P now\n", await File.ReadAllTextAsync(shut, Stop));

        int Looks() => File.Exists(looks) ? File.ReadAllLines(looks).Length : 0;
    }

    private static void MakePrivate(string path, UnixFileMode more = UnixFileMode.None)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
    }

    private static Lease NewLease() => new()
    {
        Id = "0123456789abcdef",
        Cluster = "box",
        State = LeaseState.Asked,
        Token = "0123456789abcdef-1",
        Offer = new MachineOffer
        {
            Provider = "aws",
            Region = "us-east-1",
            InstanceType = "m7i.large",
            Cpus = 2,
            Memory = 8,
            Architecture = System.Runtime.InteropServices.Architecture.X64,
            AsOf = new DateOnly(2026, 1, 1),
            Source = "test",
        },
        AskedAt = DateTimeOffset.UnixEpoch,
        Count = 1,
        DiskSize = 100,
        LoginKey = MachineKey.New(),
        HostKey = MachineKey.New(),
    };
}
