using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Data.Sqlite;
using Runhouse.Host.Hosting;
using Runhouse.Protocol;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Running;

/// <summary>A real host on the loopback address, in this process, whose workers are shell scripts.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly bool _keepsHome;

    private readonly Process? _process;

    private TestHost(RunningHost host, HostSettings settings, bool keepsHome)
        : this(settings, host.Address, host.Credentials.Token, (_, certificate, _, _) => certificate?.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant() == host.Credentials.Status().Fingerprint)
    {
        Host = host;
        _keepsHome = keepsHome;
    }

    private TestHost(Process process, HostSettings settings, Uri address, string token)
        : this(settings, address, token) => _process = process;

    private TestHost(HostSettings settings, Uri address, string token, RemoteCertificateValidationCallback? isPinned = null)
    {
        Settings = settings;
        Client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = isPinned } }) { BaseAddress = address };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>The host; none in this process when it has one of its own.</summary>
    public RunningHost Host { get; } = null!;

    /// <summary>The process of a host that has one of its own.</summary>
    public Process Process => _process!;

    public HostSettings Settings { get; }

    public HttpClient Client { get; }

    public string Home => Settings.Home;

    public static string ScriptedWorker => Path.Combine(AppContext.BaseDirectory, "scripted-worker");

    public static HostSettings NewSettings() => new()
    {
        Home = Path.Combine(Path.GetTempPath(), $"runhouse-host-tests-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}"),
        WorkerDirectory = ScriptedWorker,

        // Clocks that are put forward leave nobody the time to answer.
        Limits = new WireLimits { HangGraceSeconds = 0 },
    };

    public static async Task<TestHost> StartAsync(HostSettings? settings = null, TimeProvider? time = null, bool keepsHome = false)
    {
        settings ??= NewSettings();
        RunningHost? host = await RunningHost.StartAsync(settings, time ?? TimeProvider.System);
        return new TestHost(Assert.IsType<RunningHost>(host), settings, keepsHome);
    }

    /// <summary>Starts a host in a process of its own, so that what it holds can be measured.</summary>
    public static async Task<TestHost> StartProcessAsync()
    {
        HostSettings settings = NewSettings();
        Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "Runhouse.Host.dll"), "--home", settings.Home, "--worker", settings.WorkerDirectory]))!;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string path = Path.Combine(settings.Home, "host.json");
        while (!File.Exists(path))
            await timer.WaitForNextTickAsync(patience.Token);
        using JsonDocument file = JsonDocument.Parse(await File.ReadAllTextAsync(path));
        return new TestHost(
            process, settings, new Uri($"http://127.0.0.1:{file.RootElement.GetProperty("port").GetInt32()}/"), file.RootElement.GetProperty("token").GetString()!);
    }

    public async Task<TestDeployment> DeployAsync(string script, string application = "App", params (string Path, string Content)[] content)
    {
        TestDeployment deployment = TestDeployment.Of(application, [("app.sh", script), .. content]);
        await PostAsync(deployment.Manifest);
        foreach (byte[] file in deployment.Contents)
            (await PutAsync(file)).EnsureSuccessStatusCode();
        DeploymentReply reply = await PostAsync(deployment.Manifest);
        Assert.Empty(reply.Missing);
        return deployment;
    }

    public async Task<DeploymentReply> PostAsync(DeploymentManifest manifest)
    {
        HttpResponseMessage answer = await TryPostAsync(manifest);
        return await ReadAsync(answer, ControlJson.Default.DeploymentReply);
    }

    public Task<HttpResponseMessage> TryPostAsync(DeploymentManifest manifest) =>
        Client.PostAsync("/v1/deployments", JsonContent.Create(manifest, ControlJson.Default.DeploymentManifest));

    public Task<HttpResponseMessage> PutAsync(byte[] content, string? hash = null) =>
        Client.PutAsync($"/v1/files/{hash ?? TestDeployment.HashOf(content)}", new ByteArrayContent(content));

    public async Task<ConnectReply> ConnectAsync(TestDeployment deployment) =>
        await ReadAsync(await Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", null), ControlJson.Default.ConnectReply);

    public async Task<ConnectReply> ConnectAsync(TestDeployment deployment, WorkerRequest request) =>
        await ReadAsync(await TryConnectAsync(deployment, request), ControlJson.Default.ConnectReply);

    public Task<HttpResponseMessage> TryConnectAsync(TestDeployment deployment, WorkerRequest request, CancellationToken cancellationToken = default) =>
        Client.PostAsync($"/v1/deployments/{deployment.Id}/connect", JsonContent.Create(request, ControlJson.Default.WorkerRequest), cancellationToken);

    /// <summary>Has a detached call recorded.</summary>
    public Task<HttpResponseMessage> SpawnAsync(string id, DetachedCall call) => SpawnAsync(id, JsonSerializer.Serialize(call, ControlJson.Default.DetachedCall));

    /// <summary>Has a detached call without arguments recorded, of which this is the JSON.</summary>
    public Task<HttpResponseMessage> SpawnAsync(string id, string call)
    {
        byte[] json = Encoding.UTF8.GetBytes(call);
        byte[] length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
        return Client.PutAsync($"/v1/calls/{id}", new ByteArrayContent([.. length, .. json]));
    }

    public async Task<CallStatus> CallAsync(string id, int wait = 30) =>
        await ReadAsync(await Client.GetAsync($"/v1/calls/{id}?wait={wait}"), ControlJson.Default.CallStatus);

    public async Task<HostStatus> StatusAsync() => await ReadAsync(await Client.GetAsync("/v1/status"), ControlJson.Default.HostStatus);

    public async Task<WorkerStatus> FateAsync(string workerId, int wait = 30) =>
        await ReadAsync(await Client.GetAsync($"/v1/workers/{workerId}?wait={wait}"), ControlJson.Default.WorkerStatus);

    /// <summary>Sends bytes as they are and reads up to the end of the answer's head and its announced body.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port);
        NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!IsWhole(answer.ToString()))
        {
            int read = await stream.ReadAsync(buffer);
            Assert.True(read > 0, $"The connection ended in the middle of the answer: {answer}");
            answer.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return answer.ToString();
    }

    public static async Task<HostError> RefusalAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal(status, answer.StatusCode);
        HostError? error = await answer.Content.ReadFromJsonAsync(ControlJson.Default.HostError);
        return error!;
    }

    /// <summary>Kills the host, which has a process of its own. Its home stays.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
        Client.Dispose();
    }

    /// <summary>Does something to a host's store from outside, as a full disk would.</summary>
    public static void Execute(string home, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(home, "host.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Waits for something that nothing tells of.</summary>
    public static async Task EventuallyAsync(Func<bool> isTrue)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!isTrue())
            await timer.WaitForNextTickAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            (await Client.PostAsync("/v1/stop", null)).EnsureSuccessStatusCode();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Client.Dispose();
        if (Host is not null)
            await Host.DisposeAsync();
        if (!_keepsHome)
            Directory.Delete(Home, recursive: true);
    }

    private static bool IsWhole(string answer)
    {
        const string Length = "Content-Length: ";
        int head = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        int length = answer.IndexOf(Length, StringComparison.Ordinal);
        return head >= 0 && length >= 0
            && answer.Length - head - 4 >= int.Parse(answer[(length + Length.Length)..].Split('\r')[0], CultureInfo.InvariantCulture);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type)
    {
        string body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {body}");
        return System.Text.Json.JsonSerializer.Deserialize(body, type)!;
    }
}
