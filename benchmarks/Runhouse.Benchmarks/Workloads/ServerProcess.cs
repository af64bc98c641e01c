using System.Diagnostics;

namespace Runhouse.Benchmarks.Workloads;

/// <summary>A server in a process of its own, the same program started with other arguments; it ends with its input.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, ServerAddress address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public ServerAddress Address { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a server; it says where it listens in its first line of that kind.</summary>
    public static async Task<ServerProcess> StartAsync(params string[] arguments)
    {
        const string Ready = "ready ";
        Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith(Ready, StringComparison.Ordinal))
                continue;
            _ = process.StandardOutput.ReadToEndAsync();
            return new ServerProcess(process, ServerAddress.Parse(line[Ready.Length..]));
        }

        throw new InvalidOperationException($"The server '{string.Join(' ', arguments)}' ended before it listened.");
    }

    /// <summary>Says where this server listens, and waits for the end of its input.</summary>
    public static int Serve(ServerAddress address)
    {
        Console.WriteLine("ready " + address);
        while (Console.Read() >= 0)
        {
        }

        return 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }
}
