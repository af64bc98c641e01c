using System.Text;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Tests.Machines;

/// <summary>This machine, as one on which commands run.</summary>
public sealed class OwnMachineTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_reads_and_writes_and_says_how_it_ended()
    {
        await using var machine = new OwnMachine();
        using var input = new MemoryStream(Encoding.UTF8.GetBytes("one\ntwo\n"));
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        CommandResult result = await machine.RunAsync(new MachineCommand("wc -l; echo so >&2; exit 7") { Input = input, Output = output, Error = errors }, Stop);
        Assert.Equal((7, "2", "so"), (result.ExitCode, Encoding.UTF8.GetString(output.ToArray()).Trim(), Encoding.UTF8.GetString(errors.ToArray()).Trim()));
    }

    [Fact]
    public async Task A_command_that_does_not_read_all_is_no_error()
    {
        await using var machine = new OwnMachine();
        using var input = new MemoryStream(new byte[4 << 20]);
        Assert.True((await machine.RunAsync(new MachineCommand("head -c 1 >/dev/null") { Input = input }, Stop)).IsSuccess);
    }

    [Fact]
    public async Task Whoever_stops_waiting_ends_the_command_and_is_told_when_it_has()
    {
        await using var machine = new OwnMachine();
        string mark = Path.Combine(Directory.CreateTempSubdirectory("rh-own-").FullName, "mark");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<CommandResult> running = machine.RunAsync(new MachineCommand($"trap 'echo ended >{mark}; exit 1' TERM; : >{mark}; while :; do sleep 0.05; done"), stop.Token);
        while (!File.Exists(mark))
            await Task.Delay(10, Stop);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("ended", (await File.ReadAllTextAsync(mark, Stop)).Trim());
        Directory.Delete(Path.GetDirectoryName(mark)!, recursive: true);
    }

    [Fact]
    public async Task A_stream_that_breaks_ends_the_command_and_is_the_error()
    {
        await using var machine = new OwnMachine();
        var closed = new MemoryStream();
        await closed.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => machine.RunAsync(new MachineCommand("while :; do echo more; sleep 0.05; done") { Output = closed }, Stop));
    }
}
