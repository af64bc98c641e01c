using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Runhouse.Integration.App;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Integration;

public sealed class SecurityTests(LocalHost host)
{
    [Theory]
    [Acceptance(47)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("wrong", HttpStatusCode.Forbidden)]
    public async Task Without_the_right_token_a_request_is_refused_before_its_body_is_read(string? token, HttpStatusCode expected)
    {
        await Jobs.Remote.ProcessIdAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Port);
        NetworkStream stream = client.GetStream();

        // The body never comes: an answer shows that nobody waited for it.
        string authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/deployments HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}Content-Length: 1000\r\n\r\n"));
        using var reader = new StreamReader(stream);
        string? status = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith($"HTTP/1.1 {(int)expected} ", status, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(19)]
    public async Task A_host_file_with_a_wrong_token_or_a_dead_port_is_a_host_that_has_gone()
    {
        await Jobs.Remote.ProcessIdAsync();
        foreach ((string property, JsonNode value) in new (string, JsonNode)[] { ("token", "wrong"), ("port", 1) })
        {
            (int exitCode, string[] lines) = await CallerWithHostFileAsync(property, value);
            Assert.Equal(0, exitCode);
            Assert.StartsWith("worker ", lines[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    [Acceptance(19)]
    public async Task Wrong_token_closed_port_and_silence_are_different_errors_with_a_next_step()
    {
        await Jobs.Remote.ProcessIdAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        int closedPort = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        Exception wrongToken = await ErrorOfAsync(host.Port, "wrong");
        Exception nobody = await ErrorOfAsync(closedPort, "any");
        Exception silence = await ErrorOfAsync(((IPEndPoint)silent.LocalEndpoint).Port, "any");
        Assert.IsType<CredentialsException>(wrongToken);
        Assert.IsType<HostUnreachableException>(nobody);
        Assert.IsType<HostUnreachableException>(silence);
        Assert.NotEqual(nobody.Message.Replace($"{closedPort}", ""), silence.Message.Replace($"{((IPEndPoint)silent.LocalEndpoint).Port}", ""));
    }

    [Fact]
    [Acceptance(48)]
    public async Task A_host_with_TLS_is_taken_by_its_pinned_certificate_alone()
    {
        string home = Directory.CreateTempSubdirectory("rhi-tls-").FullName;
        try
        {
            // Calls pass the port, so they go through TLS.
            (int exitCode, string[] lines) = await host.CallerInAsync(
                new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Local__Tls"] = "true", ["RUNHOUSE__Transport"] = "Relay" }, "stream", "20000");
            Assert.Equal(0, exitCode);
            Assert.Contains("sum 199990000", lines);
            Assert.Contains("bytes 8388608", lines);

            JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "local", "host.json")))!;
            (int port, string token, string fingerprint) = ((int)file["port"]!, (string)file["token"]!, (string)file["fingerprint"]!);
            string pinned = new('0', fingerprint.Length);
            Exception other = await ErrorOfAsync(port, token, pinned);
            Assert.IsType<HostUnreachableException>(other);
            Assert.Contains(pinned, other.Message, StringComparison.Ordinal);
            Assert.Contains(fingerprint, other.Message, StringComparison.Ordinal);
            Assert.Contains("Nothing was sent", other.Message, StringComparison.Ordinal);
            Assert.IsType<HostUnreachableException>(await ErrorOfAsync(port, token));
            Assert.IsType<RemoteNotFoundException>(await ErrorOfAsync(port, token, fingerprint));

            // And so they do where the worker cannot be given the connection, and the host carries it.
            string[] sockets = Directory.GetFiles(Path.Combine(home, "local"), "*.in.sock", SearchOption.AllDirectories);
            Assert.NotEmpty(sockets);
            foreach (string socket in sockets)
                File.Delete(socket);
            (exitCode, lines) = await host.CallerInAsync(
                new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Local__Tls"] = "true", ["RUNHOUSE__Transport"] = "Relay" }, "stream", "20000");
            Assert.Equal(0, exitCode);
            Assert.Contains("sum 199990000", lines);
            Assert.Contains("bytes 8388608", lines);
            Assert.Empty(Directory.GetFiles(Path.Combine(home, "local"), "*.in.sock", SearchOption.AllDirectories));
            await StopAsync(home);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    [Fact]
    [Acceptance(48)]
    public async Task Calls_under_TLS_pass_the_host_no_more_once_they_have_come_to_its_port()
    {
        string home = Directory.CreateTempSubdirectory("rhi-tls-").FullName;
        try
        {
            (string started, string stop) = (Path.Combine(home, "started"), Path.Combine(home, "stop"));
            Task<(int ExitCode, string[] Lines)> caller = host.CallerInAsync(
                new() { ["RUNHOUSE_HOME"] = home, ["RUNHOUSE__Local__Tls"] = "true", ["RUNHOUSE__Transport"] = "Relay" }, "count", "1000", started, stop);
            await Eventually.IsTrueAsync(() => Task.FromResult(File.Exists(started) || caller.IsCompleted));
            int id = (int)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "local", "host.json")))!["pid"]!;

            // It goes on calling until it is told to stop, while the host stands still.
            await SignalAsync(id, "STOP");
            try
            {
                await File.WriteAllTextAsync(stop, "", TestContext.Current.CancellationToken);
                (int exitCode, string[] lines) = await caller.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
                Assert.Equal(0, exitCode);
                Assert.EndsWith(", 0 of a stream missing", lines[^1], StringComparison.Ordinal);
            }
            finally
            {
                await SignalAsync(id, "CONT");
            }

            await StopAsync(home);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task SignalAsync(int id, string signal)
    {
        using var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<Exception> ErrorOfAsync(int port, string token, string? fingerprint = null)
    {
        var uri = new Uri($"{(fingerprint is null ? "http" : "https")}://127.0.0.1:{port}/");
        using var client = new HostClient(new HostAddress(uri, token, "id", "test") { Fingerprint = fingerprint }, TimeSpan.FromSeconds(30));
        return await Assert.ThrowsAnyAsync<RemoteException>(() => client.GetWorkerAsync("none", TimeSpan.Zero, CancellationToken.None));
    }

    private async Task<(int ExitCode, string[] Lines)> CallerWithHostFileAsync(string property, JsonNode value)
    {
        string home = Directory.CreateTempSubdirectory("rhi-other-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(home, "local"));
            JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(host.Home, "local", "host.json")))!;
            file[property] = value;
            await File.WriteAllTextAsync(Path.Combine(home, "local", "host.json"), file.ToJsonString());
            var result = await host.CallerInAsync(new() { ["RUNHOUSE_HOME"] = home }, "connect");
            await StopAsync(home);
            return result;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private async Task StopAsync(string home)
    {
        JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "local", "host.json")))!;
        int id = (int)file["pid"]!;
        string own = Path.Combine(host.Home, "local", "host.json");
        if (File.Exists(own) && JsonNode.Parse(await File.ReadAllTextAsync(own))!["pid"]!.GetValue<int>() == id)
            return;
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"{(file["fingerprint"] is null ? "http" : "https")}://127.0.0.1:{file["port"]}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string?)file["token"]);
        using HttpResponseMessage reply = await client.PostAsync("v1/stop", null);
        await LocalHost.EndOfAsync(id);
    }
}
