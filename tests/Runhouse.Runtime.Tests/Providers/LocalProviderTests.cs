using System.Diagnostics;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Providers.Local;

namespace Runhouse.Runtime.Tests.Providers;

public sealed class LocalProviderTests : IAsyncDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly FakeHost _host = new(request => request.Headers["Authorization"] != "Bearer right" ? new FakeReply(403, "{}") : new FakeReply(200, """
        {"host":"local","hostId":"h1","version":"7.3.0","processId":1,"startedAt":"2026-01-01T00:00:00Z","deployments":[],
        "workers":[{"id":"w","processId":2,"state":"Serving","calls":3,"sessions":1}],
        "objects":[{"name":"tuner","typeName":"T","workerId":"w","objectId":1}],"machine":{"name":"m","cores":1}}
        """));
    private readonly RunhouseOptions _options = new();

    /// <summary>What a host of this build says that it understands, as members of its file.</summary>
    private static string OwnVersions => $$"""
        "protocol":{"lowest":{{ProtocolRange.Own.Lowest}},"highest":{{ProtocolRange.Own.Highest}}},"abi":{{GeneratedAbi.Number}}
        """;

    private const string OtherVersions = """
        "protocol":{"lowest":7,"highest":8},"abi":9
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_callers_at_once_start_one_host_that_ends_with_none_of_them()
    {
        HostProgram program = Script($$"""
            echo "$$ $(ps -o sid= -p $$)" >> "$2/starts"
            echo '{"pid":'$$',"port":{{_host.Port}},"token":"right","hostId":"h1","version":"0.1.0","startedAt":"2026-01-01T00:00:00Z",{{OwnVersions}}}' > "$2/draft"
            mv "$2/draft" "$2/host.json"
            exec sleep 300
            """);

        HostClient[] clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Provider(program).GetHostAsync(lost: null, Token), Token)));

        string start = Assert.Single(File.ReadAllLines(Path.Combine(_home.Path, "local", "starts")));
        string[] ids = start.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        using var process = Process.GetProcessById(int.Parse(ids[0]));
        process.Kill();
        Assert.All(clients, client => Assert.Equal("h1", client.Address.HostId));
        Assert.Equal(ids[0], ids[1]);
    }

    [Fact]
    public async Task A_running_host_is_found_and_nothing_is_started()
    {
        WriteHostFile("right", "0.1.7");

        using HostClient client = await Provider(Script("touch $2/started")).GetHostAsync(lost: null, Token);
        Assert.True(client.Address.IsThisMachine);
        Assert.False(File.Exists(Path.Combine(_home.Path, "local", "started")));
    }

    [Fact]
    public async Task A_host_of_which_nobody_complains_is_taken_at_its_word()
    {
        WriteHostFile("wrong", "0.1.7");

        using HostClient client = await Provider(Script("exit 5")).GetHostAsync(lost: null, Token);
        Assert.Equal("wrong", client.Address.Token);
    }

    [Fact]
    public async Task A_token_that_was_replaced_meanwhile_is_read_again()
    {
        WriteHostFile("of yesterday", "0.1.7");
        using HostClient client = await Provider(Script("exit 5")).GetHostAsync(lost: null, Token);
        WriteHostFile("right", "0.1.7");

        await client.GetStatusAsync(Token);
        Assert.Equal("right", client.Address.Token);
    }

    [Fact]
    public async Task What_a_dead_host_left_behind_does_not_count_and_a_start_that_fails_says_why()
    {
        WriteHostFile("of another program on that port", "0.1.0");
        _home.Write("local/logs/host.log", "first\nthe port is taken\n");

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Provider(Script("echo no framework >&2\nexit 5")).GetHostAsync(Lost(), Token));
        Assert.Contains("exit code 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("no framework", error.Message, StringComparison.Ordinal);
        Assert.Contains("the port is taken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_holds_the_folder_and_does_not_answer_is_unreachable_and_keeps_its_file()
    {
        WriteHostFile("of a host that is stuck", "0.1.0");
        _options.ConnectTimeout = TimeSpan.FromSeconds(2);

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => Provider(Script("exit 3")).GetHostAsync(Lost(), Token));
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_home.Path, "local", "host.json")));
    }

    [Fact]
    public async Task A_host_that_speaks_another_version_and_is_in_use_is_an_error_that_says_what_would_be_lost()
    {
        WriteHostFile("right", "7.3.0", versions: OtherVersions);

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Provider(Script("exit 1")).GetHostAsync(lost: null, Token));
        Assert.Contains("7.3.0 and speaks version 7 to 8 of the protocol", error.Message, StringComparison.Ordinal);
        Assert.Contains("'tuner'", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 calls", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_host.Requests, static request => request.Path.Contains("stop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Looking_at_a_host_that_speaks_another_version_changes_nothing()
    {
        WriteHostFile("right", "7.3.0", versions: OtherVersions);

        using HostClient? found = await Provider(Script("exit 1")).FindHostAsync(ClusterSpec.Local, 0, Token);
        Assert.NotNull(found);
        Assert.DoesNotContain(_host.Requests, static request => request.Path.Contains("stop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_is_stuck_is_taken_down_by_its_process_and_another_program_with_its_number_is_not()
    {
        _options.ConnectTimeout = TimeSpan.FromMilliseconds(100);
        string local = Path.Combine(_home.Path, "local");
        using Process stuck = Waiting("--home", local);
        using Process other = Waiting("--home", local + "-else");
        try
        {
            WriteHostFile("of a host that is stuck", "0.1.0", stuck.Id);
            Assert.True(await Provider(Script("exit 1")).DownAsync(ClusterSpec.Local, 0, Token));
            Assert.True(stuck.HasExited);
            Assert.False(await Provider(Script("exit 1")).DownAsync(ClusterSpec.Local, 0, Token));
            WriteHostFile("of a host that has ended", "0.1.0", other.Id);
            Assert.False(await Provider(Script("exit 1")).DownAsync(ClusterSpec.Local, 0, Token));
            Assert.False(other.HasExited);
        }
        finally
        {
            other.Kill();
            stuck.Kill();
        }
    }

    [Fact]
    public async Task A_host_that_is_stopping_already_is_waited_for_when_it_is_taken_down_and_by_the_next_call()
    {
        string local = Path.Combine(_home.Path, "local");
        foreach (bool down in (bool[])[true, false])
        {
            using Process process = Waiting("--home", local);
            await using var host = new FakeHost(request =>
            {
                if (request.Method == "GET")
                    return new FakeReply(200, "{}");
                if (down)
                    process.StandardInput.Close();
                return new FakeReply(503, """{"code":"stopping","message":"The host is stopping."}""");
            });
            _home.Write("local/host.json", $$"""{"pid":{{process.Id}},"port":{{host.Port}},"token":"t","hostId":"h1","version":"0.1.0","startedAt":"2026-01-01T00:00:00Z",{{OwnVersions}}}""");
            try
            {
                if (down)
                {
                    Assert.True(await Provider(Script("exit 1")).DownAsync(ClusterSpec.Local, 0, Token));
                    Assert.True(process.HasExited);
                    continue;
                }

                using HostClient stopping = await Provider(Script("exit 1")).GetHostAsync(lost: null, Token);
                await Assert.ThrowsAsync<HostUnreachableException>(() => stopping.StopAsync(Token));
                Task<HostClient> next = Provider(Script("echo the next one >&2; exit 1")).GetHostAsync(stopping, Token);
                process.StandardInput.Close();
                var started = await Assert.ThrowsAsync<DeploymentException>(() => next);
                Assert.Contains("the next one", started.Message, StringComparison.Ordinal);
            }
            finally
            {
                process.Kill();
            }
        }
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(0, 4, true)]
    [InlineData(0, 0, false)]
    [InlineData(2, 3, false)]
    public void Programs_with_a_version_of_the_protocol_in_common_understand_each_other(int lowest, int highest, bool fits)
    {
        Assert.Equal(new ProtocolRange(1, 1), ProtocolRange.Own);
        Assert.Equal(fits, HostVersion.Fits(new HostFile(1, 2, "t", "h", "9.9.9", default) { Protocol = new ProtocolRange(lowest, highest), Abi = GeneratedAbi.Number }));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(-1, false)]
    public void A_host_runs_the_code_for_its_own_ABI_and_for_older_ones(int newer, bool fits)
        => Assert.Equal(fits, HostVersion.Fits(new HostFile(1, 2, "t", "h", "9.9.9", default) { Protocol = ProtocolRange.Own, Abi = GeneratedAbi.Number + newer }));

    [Theory]
    [InlineData("""
        "protocol":{"lowest":1,"highest":1},"abi":0
        """, "ABI 0 and older")]
    [InlineData("""
        "protocol":{"lowest":1,"highest":1}
        """, "ABI 0 and older")]
    [InlineData("""
        "protocol":null
        """, "from before hosts said")]
    public async Task A_host_whose_workers_lack_what_this_programs_code_calls_and_that_is_in_use_is_an_error_that_says_so(string versions, string said)
    {
        WriteHostFile("right", "0.1.0", versions: versions);

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Provider(Script("exit 1")).GetHostAsync(lost: null, Token));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.Contains("'tuner'", error.Message, StringComparison.Ordinal);
        Assert.Contains("use a cluster of another name", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_host.Requests, static request => request.Path.Contains("stop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_without_the_TLS_that_is_asked_for_is_an_error_that_names_the_key()
    {
        WriteHostFile("right", "0.1.7");
        _options.Local.Tls = true;

        var error = await Assert.ThrowsAsync<DeploymentException>(() => Provider(Script("exit 1")).GetHostAsync(lost: null, Token));
        Assert.Contains("Runhouse:Local:Tls", error.Message, StringComparison.Ordinal);
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_holds_the_folder_without_its_file_is_said_to()
    {
        _options.ConnectTimeout = TimeSpan.FromSeconds(2);

        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => Provider(Script("exit 3")).GetHostAsync(lost: null, Token));
        Assert.Contains("host.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("--home", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_home_that_cannot_be_used_is_an_error_that_says_which_variable_to_set()
    {
        string file = _home.Write("file");

        var error = await Assert.ThrowsAsync<DeploymentException>(
            () => new LocalProvider(new RunhouseHome(file), _options, () => Script("exit 1"), TimeProvider.System).GetHostAsync(lost: null, Token));
        Assert.Contains("RUNHOUSE_HOME", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_program_is_an_error_that_names_the_folder()
    {
        string folder = Path.Combine(_home.Path, "nothing");

        Assert.Contains(folder, Assert.Throws<DeploymentException>(() => HostProgram.Find(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_framework_dependent_program_runs_with_a_dotnet_that_exists()
    {
        string assembly = _home.Write("host/Runhouse.Host.dll");

        HostProgram program = HostProgram.Find(Path.Combine(_home.Path, "host"));
        Assert.True(File.Exists(program.FileName));
        Assert.Equal(["exec", assembly], program.Arguments);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _home.Dispose();
    }

    private static Process Waiting(params string[] arguments)
        => Process.Start(new ProcessStartInfo("sh", ["-c", "read line", "Runhouse.Host", .. arguments]) { RedirectStandardInput = true })!;

    private HostClient Lost() => new(_host.Address, TimeSpan.FromSeconds(10));

    private LocalProvider Provider(HostProgram program) => new(new RunhouseHome(_home.Path), _options, () => program, TimeProvider.System);

    private HostProgram Script(string text) => new("/bin/sh", [_home.Write("host.sh", text)]);

    private void WriteHostFile(string token, string version, int? process = null, string? versions = null) => _home.Write(
        "local/host.json",
        $$"""{"pid":{{process ?? Environment.ProcessId}},"port":{{_host.Port}},"token":"{{token}}","hostId":"h1","version":"{{version}}","startedAt":"2026-01-01T00:00:00Z",{{versions ?? OwnVersions}}}""");
}
