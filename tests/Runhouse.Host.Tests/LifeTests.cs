using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

public sealed class LifeTests
{
    [Fact]
    public async Task The_host_file_says_where_it_answers_and_is_gone_when_it_stops()
    {
        HostSettings settings = TestHost.NewSettings();
        TestHost host = await TestHost.StartAsync(settings, keepsHome: true);
        string path = Path.Combine(settings.Home, "host.json");

        Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(path));
        Assert.Equal(HostFolders.PrivateFolder, File.GetUnixFileMode(settings.Home));
        JsonElement file = JsonDocument.Parse(await File.ReadAllTextAsync(path)).RootElement;
        Assert.Equal(Environment.ProcessId, file.GetProperty("pid").GetInt32());
        Assert.Equal(host.Client.BaseAddress!.Port, file.GetProperty("port").GetInt32());
        Assert.Equal(host.Host.Credentials.Token, file.GetProperty("token").GetString());
        Assert.Equal((await host.StatusAsync()).HostId, file.GetProperty("hostId").GetString());
        Assert.True(file.TryGetProperty("version", out _));
        Assert.Equal(GeneratedAbi.Number, file.GetProperty("abi").GetInt32());
        Assert.True(file.TryGetProperty("startedAt", out _));

        await host.DisposeAsync();
        Assert.False(File.Exists(path));
        Directory.Delete(settings.Home, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_port_that_is_taken_is_an_exit_code_of_its_own(bool tls)
    {
        await using TestHost first = await TestHost.StartAsync();
        HostSettings settings = TestHost.NewSettings() with { Port = first.Client.BaseAddress!.Port, Tls = tls };
        Assert.Equal(4, await HostProgram.RunAsync(settings));
        Directory.Delete(settings.Home, recursive: true);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{")]
    [InlineData("{}")]
    public async Task A_host_file_that_somebody_removed_or_damaged_is_written_again(string? damage)
    {
        var time = new FakeTimeProvider();
        HostSettings settings = TestHost.NewSettings();
        await using TestHost host = await TestHost.StartAsync(settings, time);
        string path = Path.Combine(settings.Home, "host.json");
        string before = await File.ReadAllTextAsync(path);
        if (damage is null)
            File.Delete(path);
        else
            await File.WriteAllTextAsync(path, damage);

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(before, await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task A_host_that_stops_leaves_the_file_of_one_that_was_started_after_its_folder_was_removed()
    {
        HostSettings settings = TestHost.NewSettings();
        TestHost old = await TestHost.StartAsync(settings, keepsHome: true);
        Directory.Delete(settings.Home, recursive: true);
        await using TestHost host = await TestHost.StartAsync(settings);
        await old.DisposeAsync();

        JsonElement file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(settings.Home, "host.json"))).RootElement;
        Assert.Equal(host.Host.Identity.Id, file.GetProperty("hostId").GetString());
    }

    [Fact]
    public async Task One_host_has_a_home_at_a_time()
    {
        HostSettings settings = TestHost.NewSettings();
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
        {
            Assert.Null(await RunningHost.StartAsync(settings, TimeProvider.System));
            Assert.True(File.Exists(Path.Combine(settings.Home, "host.json")));
        }

        await using TestHost next = await TestHost.StartAsync(settings);
        Assert.Equal("local", (await next.StatusAsync()).Host);
    }

    [Fact]
    public async Task An_idle_host_stops_itself()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(60) }, time);
        Task ended = host.Host.Ended;

        time.Advance(TimeSpan.FromSeconds(50));
        await host.Client.GetAsync("/v1/workers/none");
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/readyz")).StatusCode);
        time.Advance(TimeSpan.FromSeconds(70));

        await ended;
    }

    [Fact]
    public async Task A_host_waits_for_its_first_caller_longer_than_it_is_idle()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(1) }, time);
        Task ended = host.Host.Ended;
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromSeconds(10), (await host.StatusAsync()).StopsAt);
        time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromSeconds(2), (await host.StatusAsync()).StopsAt);

        await host.Client.GetAsync("/v1/workers/none");
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromSeconds(1), (await host.StatusAsync()).StopsAt);
        time.Advance(TimeSpan.FromSeconds(2));
        await ended;
    }

    [Fact]
    public async Task A_host_that_no_caller_comes_to_ends_by_itself()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(1) }, time);
        time.Advance(TimeSpan.FromSeconds(11));
        await host.Host.Ended;
    }

    [Theory]
    [InlineData("""say '{"kind":"load","calls":0,"sessions":1,"objects":0}'; say '{"kind":"serving"}'""")]
    [InlineData("""say '{"kind":"load","calls":1,"sessions":0,"objects":0}'; say '{"kind":"serving"}'""")]
    [InlineData("""say '{"kind":"reserve","requestId":1,"name":"n","typeName":"T","objectId":1,"replace":false}'; say '{"kind":"serving"}'""")]
    public async Task A_host_with_a_session_a_call_or_a_named_object_does_not_stop(string script)
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(60) }, time);
        await host.ConnectAsync(await host.DeployAsync(script));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/readyz")).StatusCode);
        Assert.False(host.Host.Ended.IsCompleted);
    }

    [Fact]
    public async Task Looking_at_a_host_does_not_keep_it_up()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(60) }, time);
        Task ended = host.Host.Ended;
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromSeconds(10), (await host.StatusAsync()).StopsAt);
        time.Advance(TimeSpan.FromSeconds(20));
        await ended;
    }

    [Fact]
    public async Task A_host_that_is_kept_warm_stops_when_that_time_is_over_and_it_is_idle()
    {
        var time = new FakeTimeProvider();
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(60) }, time);
        Task ended = host.Host.Ended;
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.PostAsync("/v1/keep-warm?seconds=600", null)).StatusCode);
        time.Advance(TimeSpan.FromSeconds(590));
        HostStatus kept = await host.StatusAsync();
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromSeconds(10), kept.KeptUntil);
        Assert.Null(kept.StopsAt);

        // A later word replaces an earlier one, whichever is longer.
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.PostAsync("/v1/keep-warm?seconds=5", null)).StatusCode);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null((await host.StatusAsync()).KeptUntil);
        time.Advance(TimeSpan.FromSeconds(70));
        await ended;
    }

    [Fact]
    public async Task Whoever_is_answered_while_a_host_becomes_idle_is_answered_by_one_that_stays()
    {
        for (int round = 0; round < 40; round++)
        {
            var time = new FakeTimeProvider();
            await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { IdleTimeout = TimeSpan.FromSeconds(60) }, time);
            Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/v1/status")).StatusCode);
            Task stops = Task.Run(() => time.Advance(TimeSpan.FromSeconds(70)));
            HttpStatusCode? answer = await KeepWarmAsync(host.Client);
            await stops;

            // Another look at the clock, for one that has been busy until now.
            time.Advance(TimeSpan.FromSeconds(70));
            if (answer == HttpStatusCode.NoContent)
                Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/readyz")).StatusCode);
            else
                await host.Host.Ended;
        }

        static async Task<HttpStatusCode?> KeepWarmAsync(HttpClient client)
        {
            try
            {
                HttpResponseMessage response = await client.PostAsync("/v1/keep-warm?seconds=3600", null);
                Assert.True(response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ServiceUnavailable, $"{response.StatusCode}");
                return response.StatusCode;
            }
            catch (HttpRequestException)
            {
                return null;
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?seconds=-1")]
    [InlineData("?seconds=NaN")]
    [InlineData("?seconds=1e9")]
    [InlineData("?seconds=99999999999")]
    public async Task A_time_that_is_none_keeps_nothing(string query)
    {
        await using TestHost host = await TestHost.StartAsync();
        HostError error = await TestHost.RefusalAsync(await host.Client.PostAsync("/v1/keep-warm" + query, null), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("seconds", error.Message, StringComparison.Ordinal);
        Assert.Null((await host.StatusAsync()).KeptUntil);
    }

    [Fact]
    public async Task A_host_that_is_told_to_stop_answers_and_stops()
    {
        await using TestHost host = await TestHost.StartAsync();
        Task ended = host.Host.Ended;
        Assert.Equal(HttpStatusCode.Accepted, (await host.Client.PostAsync("/v1/stop", null)).StatusCode);
        await ended;
    }

    [Fact]
    public async Task Status_is_plain_JSON_with_names_instead_of_numbers()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { Name = "box" });
        TestDeployment deployment = await host.DeployAsync("""say '{"kind":"load","calls":2,"sessions":1,"objects":3}'; say '{"kind":"serving"}'""");
        ConnectReply reply = await host.ConnectAsync(deployment);

        JsonElement status = JsonDocument.Parse(await host.Client.GetStringAsync("/v1/status")).RootElement;

        Assert.Equal("box", status.GetProperty("host").GetString());
        Assert.Equal(deployment.Id, status.GetProperty("deployments")[0].GetProperty("id").GetString());
        JsonElement worker = status.GetProperty("workers").EnumerateArray().Single(w => w.GetProperty("id").GetString() == reply.WorkerId);
        Assert.Equal("Serving", worker.GetProperty("state").GetString());
        Assert.Equal(2, worker.GetProperty("calls").GetInt32());
        Assert.Equal(1, worker.GetProperty("sessions").GetInt32());
        Assert.Equal(3, worker.GetProperty("objects").GetInt32());
    }

    [Theory]
    [InlineData("")]
    [InlineData("--home")]
    [InlineData("--home /tmp/x --port 70000")]
    [InlineData("--home /tmp/x --idle-timeout soon")]
    [InlineData("--home /tmp/x --machine-memory much")]
    [InlineData("--home /tmp/x --color red")]
    public void A_command_line_that_is_not_understood_says_how_it_is_used(string line)
    {
        Assert.False(HostSettings.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), out _, out string? problem));
        Assert.Contains("usage:", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_home_keeps_its_sockets_in_a_short_folder()
    {
        var folders = new HostFolders("/tmp/" + new string('x', 120));
        Assert.True(folders.SocketOf("0123456789ab").Length < 100);
        Assert.StartsWith("/tmp/home/workers/", new HostFolders("/tmp/home").SocketOf("a"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_is_rotated_by_size()
    {
        string folder = Directory.CreateTempSubdirectory("runhouse-log-").FullName;
        using (var file = new LogFile(Path.Combine(folder, "x.log"), maxBytes: 20))
        {
            foreach (string line in (string[])["first line", "second line", "third line"])
                file.WriteLine(line);
        }

        Assert.Equal("third line\n", File.ReadAllText(Path.Combine(folder, "x.log")));
        Assert.Equal("second line\n", File.ReadAllText(Path.Combine(folder, "x.log.1")));
        Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(Path.Combine(folder, "x.log")));
        Directory.Delete(folder, recursive: true);
    }
}
