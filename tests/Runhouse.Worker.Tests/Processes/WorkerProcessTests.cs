using Runhouse.Protocol.Control;

namespace Runhouse.Worker.Tests.Processes;

public sealed class WorkerProcessTests
{
    [Fact]
    public async Task The_end_of_the_host_ends_a_standby_worker()
    {
        await using var worker = await WorkerUnderTest.StandingByAsync();

        worker.CloseControl();

        Assert.Equal(0, await worker.ExitAsync());
    }

    [Fact]
    public async Task A_deployment_without_its_entry_assembly_does_not_load_and_the_reason_is_said()
    {
        await using var worker = await WorkerUnderTest.StandingByAsync();

        var answer = Assert.IsType<WorkerDidNotLoad>(await worker.LoadAsync("Other.dll"));

        Assert.Contains("Other.dll", answer.Error, StringComparison.Ordinal);
        Assert.Equal(1, await worker.ExitAsync());
    }

    [Fact]
    public async Task The_socket_is_for_this_user_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var worker = await WorkerUnderTest.ServingAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, worker.SocketMode);
    }

    [Fact]
    public async Task A_worker_with_nothing_to_do_drains_at_once()
    {
        await using var worker = await WorkerUnderTest.ServingAsync();

        await worker.SendAsync(new DrainWorker());

        Assert.Equal(0, await worker.ExitAsync());
    }
}
