using System.Diagnostics;
using System.Globalization;

namespace Runhouse.Benchmarks.Soak;

/// <summary>A caller at work: its process, and what it and the lines that reached it say in the end.</summary>
internal sealed class SoakProcess : IDisposable
{
    private readonly string _ledger = Directory.CreateTempSubdirectory("rhb-ledger-").FullName;
    private readonly Dictionary<int, int> _lines = [];
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new();
    private readonly Task<Dictionary<string, long>> _reading;

    /// <summary>Starts it.</summary>
    /// <param name="build">The version that it is of.</param>
    /// <param name="home">The folder in which it finds its host.</param>
    /// <param name="transport">How it reaches its worker.</param>
    public SoakProcess(SoakBuild build, string home, string transport)
    {
        var start = new ProcessStartInfo("dotnet", [build.ProgramPath, "soak-caller", _ledger]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["RUNHOUSE_HOME"] = home;
        start.Environment["RUNHOUSE__Transport"] = transport;
        _process = Process.Start(start)!;
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Ends when it has begun to call.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Tells it to make no more calls, and waits until all have ended.</summary>
    /// <returns>Its figures by name.</returns>
    public async Task<Dictionary<string, long>> EndAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        Dictionary<string, long> figures = await _reading;
        await _process.WaitForExitAsync();
        return figures;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        Directory.Delete(_ledger, recursive: true);
    }

    private async Task<Dictionary<string, long>> ReadAsync()
    {
        int[] written = [];
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "ready")
                _ready.TrySetResult();
            else if (line.StartsWith("lines|", StringComparison.Ordinal))
                written = [.. line[6..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];
            else if (line.StartsWith("figures|", StringComparison.Ordinal))
                return Figures(line[8..], written);
            else if (SoakCaller.NumberOf(line) is { } number)
                _lines[number] = _lines.GetValueOrDefault(number) + 1;
        }

        var error = new InvalidOperationException("A caller ended before it was told to.");
        _ready.TrySetException(error);
        throw error;
    }

    private Dictionary<string, long> Figures(string text, int[] written)
    {
        var figures = text.Split('|').Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => long.Parse(pair[1], CultureInfo.InvariantCulture));
        figures["lines lost"] = written.Count(number => !_lines.ContainsKey(number));
        figures["lines that came twice"] = _lines.Count(static line => line.Value > 1);
        return figures;
    }
}
