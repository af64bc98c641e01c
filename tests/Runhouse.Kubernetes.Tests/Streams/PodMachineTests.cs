using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;
using Runhouse.Providers.Kubernetes;
using Runhouse.Providers.Kubernetes.Pods;
using Runhouse.Runtime.Machines;

namespace Runhouse.Kubernetes.Streams;

/// <summary>A pod as a machine: commands with their streams, and connections to its ports, through the API.</summary>
public sealed class PodMachineTests(TestCluster kubernetes) : IAsyncLifetime
{
    private readonly string _name = $"machine-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private ApiClient? _api;
    private PodMachine? _machine;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private PodMachine Machine => _machine!;

    public async ValueTask InitializeAsync()
    {
        kubernetes.Require();
        _api = new ApiClient(new KubernetesOptions { Kubeconfig = kubernetes.Kubeconfig() });
        _machine = new PodMachine(_api, _name, ApiClient.Container);
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = _name, Labels = new Dictionary<string, string> { ["runhouse.dev/cluster"] = _name } },
            Spec = new V1PodSpec { RestartPolicy = "Never", Containers = [new V1Container { Name = ApiClient.Container, Image = "any", Command = ["sleep", "infinity"] }] },
        };
        await kubernetes.Api.CoreV1.CreateNamespacedPodAsync(pod, "default", cancellationToken: Stop);
        await kubernetes.UntilAsync(_name, static pods => pods is [{ Status.Phase: "Running" }]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_machine is null)
            return;
        await _machine.DisposeAsync();
        _api!.Dispose();
        await kubernetes.Api.CoreV1.DeleteNamespacedPodAsync(_name, "default", new V1DeleteOptions { GracePeriodSeconds = 0 });
    }

    [Fact]
    public async Task A_command_has_its_streams_and_its_exit_code()
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        CommandResult result = await Machine.RunAsync(new MachineCommand("uname -n; echo \"it's wrong\" >&2; exit 7") { Output = output, Error = errors }, Stop);
        Assert.Equal((7, _name + "\n", "it's wrong\n"), (result.ExitCode, Text(output), Text(errors)));
        Assert.True((await Machine.RunAsync(new MachineCommand("true"), Stop)).IsSuccess);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_001)]
    public async Task Input_arrives_whole_and_has_an_end(int length)
    {
        byte[] input = RandomNumberGenerator.GetBytes(length);
        using var output = new MemoryStream();
        Assert.True((await Machine.RunAsync(new MachineCommand("cat; echo end") { Input = new MemoryStream(input), Output = output }, Stop)).IsSuccess);
        Assert.Equal([.. input, .. "end\n"u8], output.ToArray());
    }

    [Fact]
    public async Task A_command_that_does_not_read_its_input_ends_all_the_same()
    {
        using var input = new EndlessInput();
        Assert.Equal(3, (await Machine.RunAsync(new MachineCommand("exit 3") { Input = input }, Stop)).ExitCode);
    }

    [Fact]
    public async Task A_command_that_is_longer_than_a_message_runs()
    {
        using var output = new MemoryStream();
        string words = new('x', 100_000);
        Assert.True((await Machine.RunAsync(new MachineCommand($"echo {words}") { Output = output }, Stop)).IsSuccess);
        Assert.Equal(words + "\n", Text(output));
    }

    [Fact]
    public async Task A_command_whose_caller_gives_up_ends_with_what_it_has_started()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var output = new Beginning(stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Machine.RunAsync(new MachineCommand("sleep 4242 & echo begun; sleep 4343") { Output = output }, stop.Token));
        while ((await Machine.RunAsync(Sees("4[23]4[23]"), Stop)).IsSuccess)
            await Task.Delay(20, Stop);
    }

    [Fact]
    public async Task An_input_that_fails_ends_the_command_with_its_error()
    {
        using var input = new FailingInput();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Machine.RunAsync(new MachineCommand("cat; sleep 4444") { Input = input }, Stop));
        Assert.Equal("no more of it", error.Message);
        while ((await Machine.RunAsync(Sees("[4]444"), Stop)).IsSuccess)
            await Task.Delay(20, Stop);
    }

    [Fact]
    public async Task What_a_command_leaves_behind_in_a_session_of_its_own_goes_on()
    {
        Assert.True((await Machine.RunAsync(new MachineCommand("setsid sleep 4545 </dev/null >/dev/null 2>&1 &"), Stop)).IsSuccess);
        Assert.True((await Machine.RunAsync(Sees("[4]545"), Stop)).IsSuccess);
    }

    [Fact]
    public async Task A_connection_arrives_at_a_port_of_the_pods_loopback_address()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var output = new Beginning(began: null);
        const string Server = """
            import socket
            listening = socket.create_server(("127.0.0.1", 0))
            print(listening.getsockname()[1], flush=True)
            while True:
                one = listening.accept()[0]
                while data := one.recv(65536):
                    one.sendall(data)
                one.close()
            """;
        Task<CommandResult> serving = Machine.RunAsync(new MachineCommand($"exec python3 -c '{Server}'") { Output = output }, stop.Token);
        int port = int.Parse(await output.FirstAsync, System.Globalization.CultureInfo.InvariantCulture);

        IPEndPoint here = await Machine.ForwardAsync(port, localPort: 0, Stop);
        Assert.Equal(here, await Machine.ForwardAsync(port, localPort: 0, Stop));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(here, Stop);
        byte[] sent = RandomNumberGenerator.GetBytes(3_000_000);
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < sent.Length;)
                i += await socket.SendAsync(sent.AsMemory(i, Math.Min(100_000, sent.Length - i)), SocketFlags.None, Stop);
        }, Stop);
        byte[] received = new byte[sent.Length];
        for (int i = 0; i < received.Length;)
            i += await socket.ReceiveAsync(received.AsMemory(i), SocketFlags.None, Stop);
        await sending;
        Assert.Equal(sent, received);

        // A way that is given up takes its connections along; the next one is another.
        int generation = Machine.Generation;
        Machine.Abandon(generation);
        Assert.NotEqual(generation, Machine.Generation);
        await Assert.ThrowsAsync<SocketException>(async () => Assert.Equal(1, await socket.ReceiveAsync(received.AsMemory(0, 1), SocketFlags.None, Stop)));
        Assert.NotEqual(here, await Machine.ForwardAsync(port, localPort: 0, Stop));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    [Fact]
    public async Task A_connection_to_a_port_at_which_nobody_listens_is_reset()
    {
        IPEndPoint here = await Machine.ForwardAsync(9, localPort: 0, Stop);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(here, Stop);
        var error = await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[1], SocketFlags.None, Stop));
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    [Fact]
    public async Task A_pod_that_is_not_there_is_said_to_be_not_reached()
    {
        await using var nowhere = new PodMachine(_api!, "nowhere", ApiClient.Container);
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => nowhere.RunAsync(new MachineCommand("true"), Stop));
        Assert.Contains("pod nowhere", error.Message, StringComparison.Ordinal);
    }

    // The brackets keep it from seeing itself.
    private static MachineCommand Sees(string seconds) => new($"cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q 'sleep {seconds} '");

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());

    private sealed class EndlessInput : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(buffer.Length);
    }

    private sealed class FailingInput : MemoryStream
    {
        private bool _hasGiven;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => (_hasGiven = !_hasGiven) ? ValueTask.FromResult(1) : ValueTask.FromException<int>(new InvalidOperationException("no more of it"));
    }

    private sealed class Beginning(CancellationTokenSource? began) : MemoryStream
    {
        private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstAsync => _first.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _first.TrySetResult(Encoding.UTF8.GetString(buffer.Span).Trim());
            if (began is not null)
                await began.CancelAsync();
        }
    }
}
