using System.Net.Sockets;
using Runhouse.Providers.Aws;
using Runhouse.Providers.Ec2;
using Runhouse.Ssh.Network;

namespace Runhouse.Providers.Machines;

/// <summary>The machines behind the clouds of tests are machines: what user data says is done, metadata is where it should be, and a shut-down is the end of the instance.</summary>
public sealed class NamespaceMachineTests : AwsTest
{
    private readonly NamespaceMachines _machines = new();

    private protected override IFakeMachines? Machines => _machines;

    [Fact]
    public async Task User_data_makes_files_users_and_host_keys_and_runs_commands()
    {
        NamespaceMachines.Require();
        string userData = """
            #cloud-config
            {"users":[{"name":"runhouse","shell":"/bin/bash","sudo":"ALL=(ALL) NOPASSWD:ALL","ssh_authorized_keys":["ssh-ed25519 AAAA tester"]}],
             "write_files":[{"path":"/opt/it's/text","permissions":"0750","content":"$HOME `x`\n"},{"path":"/opt/bytes","encoding":"b64","content":"AAH/"}],
             "runcmd":["echo \"$HOME\" > /opt/shell",["sh","-c","printf '%s' \"$0\" > /opt/words","two words"],"false","echo after > /opt/after"]}
            """;
        string id = Assert.Single(await MakeAsync(Request() with { UserData = userData }, At("use1-az1"))).Id;

        SshTestHost host = _machines.Host(id);
        Assert.Equal("$HOME `x`", await host.RunAsync("cat \"/opt/it's/text\""));
        Assert.Equal("750", await host.RunAsync("stat -c %a \"/opt/it's/text\""));
        Assert.Equal("0001ff", await host.RunAsync("od -An -tx1 /opt/bytes | tr -d ' '"));
        Assert.Equal("/root|two words|after", await host.RunAsync("echo \"$(cat /opt/shell)|$(cat /opt/words)|$(cat /opt/after)\""));
        Assert.Equal("ssh-ed25519 AAAA tester", await host.RunAsync("cat ~runhouse/.ssh/authorized_keys"));
        Assert.Equal("runhouse ALL=(ALL) NOPASSWD:ALL", await host.RunAsync("cat /etc/sudoers.d/90-runhouse"));
    }

    [Theory]
    [InlineData("shutdown -P now")]
    [InlineData("poweroff -f")]
    public async Task A_machine_that_shuts_itself_down_is_gone_in_the_cloud(string command)
    {
        NamespaceMachines.Require();
        string id = Assert.Single(await MakeAsync(Request(), At("use1-az1"))).Id;
        Assert.Single(await Cloud.FindAsync("ada", Token));

        await _machines.Host(id).RunAsync(command);
        while ((await Cloud.FindAsync("ada", Token)).Count > 0)
            await Task.Yield();

        Assert.Equal(("terminated", "Client.InstanceInitiatedShutdown"), (Ec2.Instance(id).State, Ec2.Instance(id).Reason!.Value.Code));
    }

    [Fact]
    public async Task Metadata_takes_a_token_and_has_the_notice_of_a_spot_machine_once_there_is_one()
    {
        NamespaceMachines.Require();
        string id = Assert.Single(await MakeAsync(Request(), At("use1-az1", isSpot: true))).Id;
        SshTestHost host = _machines.Host(id);
        string token = (await AskAsync(host, "PUT /latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60")).Split("\r\n\r\n")[1];

        Assert.StartsWith("HTTP/1.1 401", await AskAsync(host, "GET /latest/meta-data/instance-id", "X-Other: 1"), StringComparison.Ordinal);
        Assert.EndsWith($"\r\n\r\n{id}", await AskAsync(host, "GET /latest/meta-data/instance-id", $"X-aws-ec2-metadata-token: {token}"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await AskAsync(host, "GET /latest/meta-data/spot/instance-action", $"X-aws-ec2-metadata-token: {token}"), StringComparison.Ordinal);

        Ec2.NoticeSpot(id, DateTimeOffset.UnixEpoch);
        Assert.EndsWith("""{"action":"terminate","time":"1970-01-01T00:00:00Z"}""", await AskAsync(host, "GET /latest/meta-data/spot/instance-action", $"X-aws-ec2-metadata-token: {token}"), StringComparison.Ordinal);

        Ec2.TakeBack(id);
        while ((await Cloud.FindAsync("ada", Token)).Count > 0)
            await Task.Yield();
    }

    // From within the machine, by what every one has.
    private static Task<string> AskAsync(SshTestHost host, string request, string header)
        => host.RunAsync($"exec bash -c 'exec 3<>/dev/tcp/{MetadataServer.Address}/80; cat >&3; cat <&3'", $"{request} HTTP/1.1\r\nHost: metadata\r\nConnection: close\r\nContent-Length: 0\r\n{header}\r\n\r\n");
}
