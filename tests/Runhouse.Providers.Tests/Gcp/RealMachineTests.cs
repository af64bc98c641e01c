using Runhouse.Providers.Machines;
using Runhouse.Runtime.Leases;

namespace Runhouse.Providers.Gcp;

/// <summary>With real machines behind Compute Engine: they do what their user data says, and stop when they shut down.</summary>
public sealed class RealMachineTests : GcpTest
{
    private readonly NamespaceMachines _machines = new();

    private protected override IFakeMachines? Machines => _machines;

    [Fact]
    public async Task A_machine_does_what_its_user_data_says_stops_when_it_shuts_down_and_is_deleted_when_it_is_given_back()
    {
        NamespaceMachines.Require();
        LeasedMachine machine = Assert.Single(await MakeAsync(Request() with { UserData = """
            #cloud-config
            {"runcmd":["echo done > /opt/done"]}
            """ }, At("us-central1-a")));
        Assert.Equal("done", await _machines.Host(machine.Id).RunAsync("cat /opt/done"));

        await _machines.Host(machine.Id).RunAsync("shutdown -P now");
        while (Assert.Single(await Cloud.FindAsync("ada", Token)).State != MachineState.Stopped)
            await Task.Yield();

        await Cloud.EndAsync([machine], Token);
        Assert.Empty(await Cloud.FindAsync("ada", Token));
    }
}
