using Runhouse.Protocol.Control;
using Runhouse.Worker.Control;
using Runhouse.Worker.TestApp;

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

    [Theory]
    [InlineData(4711UL, "has no public constructor with the parameters that the object was constructed with")]
    [InlineData(1013UL, "does not implement ISnapshot")]
    public async Task An_object_that_this_version_of_its_class_cannot_make_again_is_an_error_that_says_why(ulong constructor, string part)
    {
        await using var worker = await WorkerUnderTest.ServingAsync();
        byte[] construction = [.. BitConverter.GetBytes(constructor), .. BitConverter.GetBytes(1UL), 1];

        await worker.SendAsync(new RestoreObject(5, 77, "counter", typeof(Counter).FullName!, worker.Put("construction", construction), State: null));

        var restored = await worker.ReceiveAsync<ObjectRestored>();
        Assert.Equal(5, restored.RequestId);
        Assert.Contains(part, restored.Error, StringComparison.Ordinal);
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

    [Fact]
    public async Task A_worker_that_has_become_idle_gives_the_memory_of_large_arguments_back()
    {
        const int Size = 100_000_000;
        await using var worker = await WorkerUnderTest.ServingAsync();
        await using var connection = await worker.ConnectAsync();
        await connection.CallAsync(AppContract.Gate, 0);
        long before = worker.ResidentBytes;

        byte[] argument = new byte[Size];
        int[] counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => connection.CallAsync(AppContract.Count, argument)));
        Assert.All(counts, static count => Assert.Equal(Size, count));
        Assert.InRange(worker.MostResidentBytes, before + Size, long.MaxValue);

        using var patience = new CancellationTokenSource(IdleMemory.Delay * 6);
        using var next = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (worker.ResidentBytes > before + (Size / 2) && await next.WaitForNextTickAsync(patience.Token))
        {
        }

        Assert.Equal(0, await connection.CallAsync(AppContract.Gate, 0));
    }
}
