using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Ssh.Network;

namespace Runhouse.Ssh;

public sealed class RunTests(SshNetwork network)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_runs_with_its_streams_and_its_exit_code()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = await ConnectAsync(host);
        using var output = new MemoryStream();
        using var error = new MemoryStream();

        CommandResult result = await machine.RunAsync(
            new MachineCommand("hostname; cat; echo \"it's\" >&2; exit 3") { Input = new MemoryStream("in"u8.ToArray()), Output = output, Error = error }, Token);

        Assert.Equal((3, null), (result.ExitCode, result.Signal));
        Assert.Equal(await host.RunAsync("hostname") + "\nin", Encoding.UTF8.GetString(output.ToArray()));
        Assert.Equal("it's\n", Encoding.UTF8.GetString(error.ToArray()));
    }

    [Fact]
    public async Task The_machine_is_another_one_without_dotnet()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());

        Assert.Equal("none", await machine.SayAsync("command -v dotnet || echo none"));
        Assert.NotEqual(Environment.MachineName, await machine.SayAsync("hostname"));
    }

    [Fact]
    public async Task A_command_that_begins_to_read_late_gets_all_of_its_input()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());
        byte[] input = new byte[5_000_000];
        new Random(1).NextBytes(input);
        using var output = new MemoryStream();

        await machine.RunAsync(new MachineCommand("sleep 0.8; sha256sum") { Input = new MemoryStream(input), Output = output }, Token);

        Assert.StartsWith(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input)), Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Input_that_is_not_given_is_at_its_end()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());

        Assert.Equal("0", await machine.SayAsync("cat | wc -c"));
    }

    [Fact]
    public async Task A_signal_that_ends_a_command_is_named()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());

        CommandResult result = await machine.RunAsync(new MachineCommand("kill -KILL $$"), Token);

        Assert.Equal((null, "KILL"), (result.ExitCode, result.Signal));
    }

    [Fact]
    public async Task What_start_up_files_print_is_not_the_commands_output()
    {
        SshTestHost host = await network.AddHostAsync();
        await host.RunAsync("echo 'echo welcome, dear user' > /home/ada/.bashrc");
        await using SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"ada@{host.Address}");

        Assert.Equal("ada", await machine.SayAsync("id -un"));
    }

    [Fact]
    public async Task A_login_that_is_closed_gives_what_it_says_and_its_exit_code()
    {
        SshTestHost host = await network.AddHostAsync();
        await host.RunAsync("usermod -s /usr/sbin/nologin ada");
        await using SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"ada@{host.Address}");
        using var output = new MemoryStream();

        CommandResult result = await machine.RunAsync(new MachineCommand("id") { Output = output }, Token);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("not available", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Much_data_passes_both_ways_unchanged()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());
        byte[] data = RandomNumberGenerator.GetBytes(48 << 20);
        using var output = new MemoryStream();

        CommandResult result = await machine.RunAsync(new MachineCommand("cat") { Input = new MemoryStream(data), Output = output }, Token);

        Assert.True(result.IsSuccess);
        Assert.Equal(SHA256.HashData(data), SHA256.HashData(output.ToArray()));
    }

    [Fact]
    public async Task Output_comes_while_the_command_runs()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());
        using var input = new BlockedInput();
        using var output = new SignallingStream();

        Task<CommandResult> running = machine.RunAsync(new MachineCommand("echo first; cat") { Input = input, Output = output }, Token);
        await output.Written.WaitAsync(Token);

        Assert.False(running.IsCompleted);
        input.End();
        Assert.True((await running).IsSuccess);
    }

    [Theory]
    [InlineData("root")]
    [InlineData("ada")]
    public async Task Cancellation_ends_the_command_and_what_it_started(string user)
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = (await SshClientFolder.ReadyAsync(network, host)).Machine($"{user}@{host.Address}");
        using var output = new SignallingStream();
        using var stop = new CancellationTokenSource();

        Task<CommandResult> running = machine.RunAsync(new MachineCommand("sleep 4000 & echo started; sleep 4000; echo over") { Output = output }, stop.Token);
        await output.Written.WaitAsync(Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("0", await host.RunAsync("grep -lx sleep /proc/[0-9]*/comm 2>/dev/null | wc -l"));
        Assert.Equal("still here", await machine.SayAsync("echo still here"));
    }

    [Fact]
    public async Task A_command_that_does_not_want_to_end_is_killed()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = await ConnectAsync(host);
        using var output = new SignallingStream();
        using var stop = new CancellationTokenSource();

        Task<CommandResult> running = machine.RunAsync(new MachineCommand("trap '' TERM; echo started; while :; do sleep 1; done") { Output = output }, stop.Token);
        await output.Written.WaitAsync(Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("0", await host.RunAsync("grep -lx sleep /proc/[0-9]*/comm 2>/dev/null | wc -l"));
    }

    [Fact]
    public async Task A_reader_that_stands_still_stops_nobody_else()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());
        var gate = new TaskCompletionSource();
        using var slow = new SignallingStream(gate.Task);

        Task<CommandResult> standing = machine.RunAsync(new MachineCommand("head -c 30000000 /dev/zero") { Output = slow }, Token);
        await slow.Written.WaitAsync(Token);

        Assert.Equal("1000000", await machine.SayAsync("head -c 1000000 /dev/zero | tr '\\0' x | wc -c"));
        Assert.False(standing.IsCompleted);
        gate.SetResult();
        Assert.True((await standing).IsSuccess);
        Assert.Equal(30_000_000, slow.Length);
    }

    [Fact]
    public async Task A_stream_that_fails_ends_the_command()
    {
        SshTestHost host = await network.AddHostAsync();
        await using SshMachine machine = await ConnectAsync(host);
        using var closed = new MemoryStream(new byte[10], writable: false);

        await Assert.ThrowsAsync<NotSupportedException>(() => machine.RunAsync(new MachineCommand("yes") { Output = closed }, Token));
        Assert.Equal("0", await host.RunAsync("grep -lx yes /proc/[0-9]*/comm 2>/dev/null | wc -l"));
    }

    [Fact]
    public async Task Many_commands_at_once_share_one_connection()
    {
        await using SshMachine machine = await ConnectAsync(await network.AddHostAsync());

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => machine.SayAsync($"echo {i}")));

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}"), answers);
        Assert.Equal(1, machine.Generation);
    }

    private async Task<SshMachine> ConnectAsync(SshTestHost host) => (await SshClientFolder.ReadyAsync(network, host)).Machine($"root@{host.Address}");
}
