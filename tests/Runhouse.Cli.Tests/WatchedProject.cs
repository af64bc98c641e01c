using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace Runhouse.Cli.Tests;

/// <summary>A project in a folder of its own, which <c>runhouse watch</c> watches, with a host of its own.</summary>
public sealed class WatchedProject : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly List<string> _log = [];
    private readonly List<string> _errors = [];
    private Process? _watch;

    public string Folder { get; } = Directory.CreateTempSubdirectory("rhc-watch-").FullName;

    /// <summary>What it has written to standard error.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    private string Home { get; } = Directory.CreateTempSubdirectory("rhc-home-").FullName;

    private string Program => Path.Combine(Folder, "bin", "Debug", "net10.0", "App.dll");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <Import Project="{Path.Combine(Repository.Root, "src/Runhouse.Generators/buildTransitive/InRepository.targets")}" />
              <ItemGroup>
                <!-- Once more by another path, as a project may have it that gets it from several places. -->
                <Analyzer Include="{Path.Combine(Repository.Root, "src/../src/Runhouse.Generators/bin/Debug/netstandard2.0/Runhouse.Generators.dll")}" />
              </ItemGroup>
              <!-- A build that fails once, as one does that meets a file which is being written. -->
              <Target Name="FailOnce" BeforeTargets="CoreCompile" Condition="Exists('{FailOnce}')">
                <Delete Files="{FailOnce}" />
                <Error Text="This build fails." />
              </Target>
            </Project>
            """);
        await WriteAsync("Program.cs", """
            using Runhouse;

            switch (args)
            {
                case ["create", var name]:
                    await using (ModelRemote model = await Model.Remote.Named(name).CreateAsync(40))
                        Console.WriteLine(await model.PredictAsync(1));
                    break;
                case ["ask"]:
                    while (Console.ReadLine() is { } number)
                        Console.WriteLine(await Work.RunAsync(int.Parse(number)));
                    break;
                case ["caller"]:
                    Console.WriteLine(await Work.CallerAsync());
                    break;
                case ["log", var file]:
                    await File.AppendAllTextAsync(file, "run\n");
                    break;
                case ["attach", var name]:
                    await using (ModelRemote model = await Model.Remote.AttachAsync(name))
                        Console.WriteLine($"{await model.PredictAsync(1)} {await Work.CallerAsync()}");
                    break;
            }
            """);
        await WriteAsync("Model.cs", """
            using Runhouse;

            [Remote]
            public sealed class Model(int start)
            {
                private int _count = start;

                public string Predict(int step)
                {
                    _count += step;
                    return $"first {_count}";
                }
            }
            """);
        await WriteAsync("Work.cs", """
            using Runhouse;

            public static class Work
            {
                private static int _calls;

                [Remote]
                public static Task<string> CallerAsync() => Task.FromResult($"process {Environment.ProcessId}");

                [Remote]
                public static async Task<string> RunAsync(int number)
                {
                    int calls = Interlocked.Increment(ref _calls);
                    await Task.Yield();

                    // A plain call, which the generator intercepts: where it stands moves with what is above it.
                    _ = await CallerAsync();
                    return $"{calls} {string.Join(',', Helper.Numbers(number))}";
                }
            }
            """);
        await WriteAsync("Helper.cs", """
            public static class Helper
            {
                public static IEnumerable<int> Numbers(int number)
                {
                    foreach (int one in Enumerable.Range(0, number).Select(one => one + 1000))
                        yield return one;
                }
            }
            """);
        var start = new ProcessStartInfo("dotnet", [TerminalScreen.Program, "watch", Folder, "--json", "--property", "BuildProjectReferences=false", "--", "log", Log])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RUNHOUSE_HOME"] = Home;
        _watch = Process.Start(start)!;
        _ = ReadAsync(_watch);
        _watch.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
                _errors.Add(line.Data ?? "");
        };
        _watch.BeginErrorReadLine();
        await NextAsync("Deployed");
        await NextAsync("Watching");
        await RunAsync(1);
    }

    public async ValueTask DisposeAsync()
    {
        if (_watch is { } watch)
        {
            using (Process end = Process.Start("kill", ["-TERM", $"{watch.Id}"]))
                await end.WaitForExitAsync();
            await watch.WaitForExitAsync();
            watch.Dispose();
        }

        string file = Path.Combine(Home, "local", "host.json");
        if (File.Exists(file))
        {
            using var host = Process.GetProcessById(JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("pid").GetInt32());
            host.Kill();
            await host.WaitForExitAsync();
        }

        Directory.Delete(Folder, recursive: true);
        Directory.Delete(Home, recursive: true);
    }

    /// <summary>Where a file is, the next build fails, and deletes it.</summary>
    public string FailOnce => Path.Combine(Home, "fail");

    private string Log => Path.Combine(Home, "runs");

    /// <summary>How often the program was run by the tool.</summary>
    public int Runs => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    /// <summary>Watches the project in another session, with a host of its own, and ends it by Ctrl-C.</summary>
    public async Task<(int ExitCode, string Errors)> InterruptedAsync()
    {
        string home = Directory.CreateTempSubdirectory("rhc-home-").FullName;
        var start = new ProcessStartInfo("dotnet", [TerminalScreen.Program, "watch", Folder, "--json", "--property", "BuildProjectReferences=false"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["RUNHOUSE_HOME"] = home;
        using Process watch = Process.Start(start)!;
        Task<string> errors = watch.StandardError.ReadToEndAsync();
        string? line;
        do
            line = await watch.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line?.Contains("\"Watching\"", StringComparison.Ordinal) == false);
        using (Process interrupt = Process.Start("kill", ["-INT", $"{watch.Id}"]))
            await interrupt.WaitForExitAsync();
        await watch.StandardOutput.ReadToEndAsync();
        await watch.WaitForExitAsync();
        await RunAsync(TerminalScreen.Program, ["down", "local"], home);
        Directory.Delete(home, recursive: true);
        return (watch.ExitCode, await errors);
    }

    /// <summary>Waits until the program was run so often.</summary>
    public async Task RunAsync(int times)
    {
        while (Runs < times)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(times, Runs);
    }

    /// <summary>Saves a file.</summary>
    public Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Folder, name), text);

    /// <summary>Replaces a text in a file, which has another time then if one is given.</summary>
    public async Task EditAsync(string name, string text, string by, DateTime? time = null)
    {
        string path = Path.Combine(Folder, name);
        string content = await File.ReadAllTextAsync(path);
        Assert.Contains(text, content, StringComparison.Ordinal);
        string edited = Path.Combine(Home, name);
        await File.WriteAllTextAsync(edited, content.Replace(text, by, StringComparison.Ordinal));
        if (time is { } other)
            File.SetLastWriteTimeUtc(edited, other);
        File.Move(edited, path, overwrite: true);
    }

    /// <summary>Waits for the next event of a kind; one that has failed meanwhile is an error.</summary>
    public async Task<JsonElement> NextAsync(string kind)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (await _events.Reader.WaitToReadAsync(patience.Token))
            {
                JsonElement one = await _events.Reader.ReadAsync(patience.Token);
                string? actual = one.TryGetProperty("kind", out JsonElement property) ? property.GetString() : null;
                if (actual == kind)
                    return one;
                if (actual is "Failed" or null || (actual == "Deployed" && kind == "Reloaded"))
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // Below it says what there was instead.
        }

        lock (_errors)
            throw new InvalidOperationException($"There was no {kind}:\n{string.Join('\n', _log)}\n{string.Join('\n', _errors)}");
    }

    /// <summary>Calls a function by its name, as the current version has it.</summary>
    public async Task<string> CallAsync(string member, params string[] arguments)
        => JsonDocument.Parse(await RunAsync(TerminalScreen.Program, ["call", member, "--json", .. arguments])).RootElement.GetString()!;

    /// <summary>Runs another command of the tool.</summary>
    public Task<string> CommandAsync(params string[] arguments) => RunAsync(TerminalScreen.Program, arguments);

    /// <summary>The id of the current deployment.</summary>
    public async Task<string> CurrentAsync() => JsonDocument.Parse(await CommandAsync("deployments", "--json")).RootElement.EnumerateArray()
        .Single(static one => one.GetProperty("isCurrent").GetBoolean()).GetProperty("id").GetString()!;

    /// <summary>Runs the program itself.</summary>
    public async Task<string> ProgramAsync(params string[] arguments) => (await RunAsync(Program, arguments)).TrimEnd('\n');

    /// <summary>Starts the program, which reads and writes.</summary>
    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["RUNHOUSE_HOME"] = Home;
        return Process.Start(start)!;
    }

    private async Task ReadAsync(Process watch)
    {
        while (await watch.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_errors)
                _log.Add(line);
            _events.Writer.TryWrite(JsonDocument.Parse(line).RootElement);
        }

        _events.Writer.Complete();
    }

    private async Task<string> RunAsync(string program, string[] arguments, string? home = null)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["RUNHOUSE_HOME"] = home ?? Home;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{Path.GetFileName(program)} {string.Join(' ', arguments)} -> {process.ExitCode}\n{text}\n{await errors}");
        return text;
    }
}
