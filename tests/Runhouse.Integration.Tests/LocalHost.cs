using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

[assembly: AssemblyFixture(typeof(Runhouse.Integration.LocalHost))]

namespace Runhouse.Integration;

/// <summary>The host of this test run, in a folder of its own. The first call starts it; the end of the run stops it, and its workers with it.</summary>
public sealed class LocalHost : IAsyncLifetime
{
    private const string Caller = "Runhouse.Integration.Caller";

    public string Home { get; } = Directory.CreateTempSubdirectory("rhi-").FullName;

    public ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", Home);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(HostFile))
        {
            int[] processes = [Property("pid").GetInt32(), .. await WorkerIdsAsync()];
            using HttpClient client = Client();
            using HttpResponseMessage reply = await client.PostAsync("v1/stop", null);
            reply.EnsureSuccessStatusCode();
            foreach (int id in processes)
                await EndOfAsync(id);
        }

        Directory.Delete(Home, recursive: true);
    }

    private string HostFile => Path.Combine(Home, "local", "host.json");

    /// <summary>The host's port.</summary>
    public int Port => Property("port").GetInt32();

    /// <summary>A home for a caller that reaches this host at another port, where somebody stands in between.</summary>
    /// <param name="port">The port.</param>
    /// <param name="of">The home of another host that is meant.</param>
    public async Task<string> HomeBehindAsync(int port, string? of = null)
    {
        string home = Path.Combine(Home, "behind-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.Combine(home, "local"));
        JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(of is null ? HostFile : Path.Combine(of, "local", "host.json")))!;
        file["port"] = port;
        await File.WriteAllTextAsync(Path.Combine(home, "local", "host.json"), file.ToJsonString());
        return home;
    }

    /// <summary>A client of the host's control API with its token.</summary>
    public HttpClient Client()
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Property("token").GetString());
        return client;
    }

    /// <summary>The host's status.</summary>
    public async Task<JsonElement> StatusAsync()
    {
        using HttpClient client = Client();
        return JsonDocument.Parse(await client.GetStringAsync("v1/status")).RootElement;
    }

    /// <summary>The host's command line.</summary>
    public Task<string> CommandLineAsync() => CommandLineAsync(Property("pid").GetInt32());

    /// <summary>The command line of a process, on Linux.</summary>
    public static async Task<string> CommandLineAsync(int id) => (await File.ReadAllTextAsync($"/proc/{id}/cmdline")).Replace('\0', ' ');

    /// <summary>The ids of the second program's deployments.</summary>
    public async Task<string[]> DeploymentsOfCallerAsync() =>
    [
        .. (await StatusAsync()).GetProperty("deployments").EnumerateArray()
            .Where(static deployment => deployment.GetProperty("application").GetString() == Caller)
            .Select(static deployment => deployment.GetProperty("id").GetString()!).Order(),
    ];

    /// <summary>Runs the second program; its exit code, and its lines.</summary>
    public Task<(int ExitCode, string[] Lines)> CallerAsync(params string[] arguments) => CallerInAsync([], arguments);

    /// <summary>Runs the second program with environment variables of its own.</summary>
    public Task<(int ExitCode, string[] Lines)> CallerInAsync(Dictionary<string, string> environment, params string[] arguments)
        => RunAsync(Caller, environment, arguments);

    /// <summary>Runs the second program as another build of it, so that its worker is nobody else's and may come to harm.</summary>
    public Task<(int ExitCode, string[] Lines)> CallerOfAnotherBuildAsync(params string[] arguments) => CallerOfAnotherBuildInAsync([], arguments);

    /// <summary>The same with environment variables of its own.</summary>
    public async Task<(int ExitCode, string[] Lines)> CallerOfAnotherBuildInAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        string folder = Path.Combine(Home, "caller-" + Guid.NewGuid().ToString("N"));
        string built = OutputOf(Caller);
        foreach (string file in Directory.EnumerateFiles(built, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        string settings = Path.Combine(folder, Caller + ".runtimeconfig.json");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(settings))!;
        json["runtimeOptions"]!["configProperties"]!["Runhouse.Integration.Build"] = Path.GetFileName(folder);
        await File.WriteAllTextAsync(settings, json.ToJsonString());
        return await RunAsync(Path.Combine(folder, Caller + ".dll"), new(environment) { ["RUNHOUSE__Application"] = "another-build" }, arguments, Caller);
    }

    /// <summary>Runs a program of a project beside this one.</summary>
    public Task<(int ExitCode, string[] Lines)> RunAsync(string project, Dictionary<string, string> environment, params string[] arguments)
        => RunAsync(ProgramOf(project), environment, arguments, project);

    /// <summary>The program of a project beside this one.</summary>
    public static string ProgramOf(string project) => Path.Combine(OutputOf(project), project + ".dll");

    /// <summary>Runs a program of a folder.</summary>
    public Task<(int ExitCode, string[] Lines)> ProgramAsync(string folder, string program, Dictionary<string, string> environment, params string[] arguments)
        => RunAsync(Path.Combine(folder, program), environment, arguments, program);

    // <this project>/bin/<configuration>/net10.0 -> the other's.
    private static string OutputOf(string project)
    {
        string output = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string configuration = Path.GetFileName(Path.GetDirectoryName(output)!);
        return Path.GetFullPath(Path.Combine(output, "../../../..", project, "bin", configuration, "net10.0"));
    }

    private async Task<(int ExitCode, string[] Lines)> RunAsync(string program, Dictionary<string, string> environment, string[] arguments, string project)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["RUNHOUSE_HOME"] = Home;
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TestContext.Current.TestOutputHelper?.WriteLine($"{project} {string.Join(' ', arguments)} -> {process.ExitCode}\n{text}\n{await errors}");
        return (process.ExitCode, lines);
    }

    /// <summary>Waits until a process has ended.</summary>
    public static async Task EndOfAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (ArgumentException)
        {
            // It has ended.
        }
    }

    private async Task<int[]> WorkerIdsAsync()
    {
        JsonElement status = await StatusAsync();
        return [.. status.GetProperty("workers").EnumerateArray().Where(static w => w.GetProperty("state").GetString() != "Ended").Select(static w => w.GetProperty("processId").GetInt32())];
    }

    private JsonElement Property(string name) => JsonDocument.Parse(File.ReadAllText(HostFile)).RootElement.GetProperty(name);
}
