using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Protocol.Sockets;

namespace Runhouse.Worker.Tests.Processes;

/// <summary>A real worker process; the test is its host.</summary>
internal sealed class WorkerUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly byte[] _key = Ticket.CreateKey();
    private readonly string _folder = Directory.CreateTempSubdirectory("rht").FullName;
    private readonly StringBuilder _log = new();
    private WireLimits _limits = WireLimits.Default;

    private WorkerUnderTest()
    {
        string worker = Path.Combine(AppContext.BaseDirectory, "Runhouse.Worker.dll");
        _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet", [worker])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.AppendLine(line.Data);
        };
        _process.BeginErrorReadLine();
    }

    public static string TestApp { get; } = typeof(WorkerUnderTest).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "TestApp").Value!;

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Starts a worker and waits until it stands by.</summary>
    public static async Task<WorkerUnderTest> StandingByAsync()
    {
        var worker = new WorkerUnderTest();
        var standing = Assert.IsType<WorkerStandingBy>(await worker.ReceiveAsync());
        Assert.Equal(worker._process.Id, standing.ProcessId);
        return worker;
    }

    /// <summary>Starts a worker and waits until it serves.</summary>
    /// <param name="without">Files left out of the deployment.</param>
    public static async Task<WorkerUnderTest> ServingAsync(params string[] without)
    {
        var worker = await StandingByAsync();
        Assert.IsType<WorkerServing>(await worker.LoadAsync("Runhouse.Worker.TestApp.dll", without));
        return worker;
    }

    /// <summary>Starts a worker with limits of its own and waits until it serves.</summary>
    public static async Task<WorkerUnderTest> ServingAsync(WireLimits limits)
    {
        var worker = await StandingByAsync();
        worker._limits = limits;
        Assert.IsType<WorkerServing>(await worker.LoadAsync("Runhouse.Worker.TestApp.dll"));
        return worker;
    }

    /// <summary>Loads the application; the result is the worker's answer.</summary>
    public async Task<WorkerToHostMessage> LoadAsync(string entryAssembly, params string[] without)
    {
        string deployment = Path.Combine(_folder, "deployment");
        Directory.CreateDirectory(deployment);
        foreach (string file in Directory.EnumerateFiles(TestApp))
        {
            if (!without.Contains(Path.GetFileName(file)))
                File.Copy(file, Path.Combine(deployment, Path.GetFileName(file)));
        }

        await SendAsync(new LoadDeployment
        {
            WorkerId = Id,
            Host = "host-1",
            Application = "TestApp",
            Deployment = "deployment-1",
            Directory = deployment,
            EntryAssembly = entryAssembly,
            SocketPath = Path.Combine(_folder, "s"),
            TicketKey = Convert.ToBase64String(_key),
            Cpus = 4,
            MemoryGiB = 1,
            Limits = _limits,
        });
        return await ReceiveAsync();
    }

    /// <summary>Writes a file beside the worker's socket; the result is its name.</summary>
    public string Put(string name, byte[] bytes)
    {
        File.WriteAllBytes(Path.Combine(_folder, name), bytes);
        return name;
    }

    public async Task SendAsync(HostToWorkerMessage message)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(message, ControlJson.Default.HostToWorkerMessage));
        await _process.StandardInput.FlushAsync();
    }

    public async Task<WorkerToHostMessage> ReceiveAsync()
    {
        string line = await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The worker ended: " + Log);
        return JsonSerializer.Deserialize(line, ControlJson.Default.WorkerToHostMessage)!;
    }

    /// <summary>The next message of a kind; the load reports between them are not asked for.</summary>
    public async Task<T> ReceiveAsync<T>()
        where T : WorkerToHostMessage
    {
        while (true)
        {
            if (await ReceiveAsync() is T message)
                return message;
        }
    }

    public async Task<ClientConnection> ConnectAsync(Action<LogRecord>? log = null)
    {
        var transport = await SocketTransport.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder, "s")), default);
        return await ConnectAsync(transport, log);
    }

    /// <summary>Connects over a transport that leads to the worker.</summary>
    public async Task<ClientConnection> ConnectAsync(IDuplexPipe transport, Action<LogRecord>? log = null)
    {
        byte[] ticket = Ticket.Mint(_key, DateTimeOffset.UtcNow + Ticket.DefaultLifetime);
        return await ClientConnection.ConnectAsync(
            transport, new ClientHandshake(ticket), ClientConnectionOptions.Default with { Log = log }, default);
    }

    /// <summary>The worker's id.</summary>
    public const string Id = "worker-1";

    /// <summary>Connects to where the worker takes connections that are handed over.</summary>
    public async Task<Socket> ConnectToGiveAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketHandover.PathOf(Path.Combine(_folder, "s"))));
        return socket;
    }

    [UnsupportedOSPlatform("windows")]
    public UnixFileMode SocketMode => File.GetUnixFileMode(Path.Combine(_folder, "s"));

    /// <summary>How much memory the process has.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>How much memory the process had when it had the most.</summary>
    public long MostResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>The host ends.</summary>
    public void CloseControl() => _process.StandardInput.Close();

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
