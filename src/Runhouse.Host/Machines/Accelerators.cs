using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Machines;

/// <summary>The machine's accelerators, as NVIDIA's own tool tells them. A machine without the tool has none, and pays nothing for the question.</summary>
/// <param name="tool">The tool's name or path.</param>
/// <param name="visible">The numbers or identifiers of those that the host may use, as <c>CUDA_VISIBLE_DEVICES</c> has them; null for all.</param>
/// <param name="time">The clock.</param>
internal sealed class Accelerators(string tool, string? visible, TimeProvider time)
{
    private const int Fields = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Query = ["--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"];

    /// <summary>The variables by which a process sees some of the accelerators, and no others.</summary>
    /// <param name="indexes">Their numbers.</param>
    public static IEnumerable<KeyValuePair<string, string>> VariablesFor(IEnumerable<int> indexes)
    {
        string list = string.Join(',', indexes);

        // CUDA numbers devices by their speed unless it is told to number them as the tool does.
        return
        [
            new("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),
            new("CUDA_VISIBLE_DEVICES", list),
            new("NVIDIA_VISIBLE_DEVICES", list),
            new("HIP_VISIBLE_DEVICES", list),
            new("ROCR_VISIBLE_DEVICES", list),
        ];
    }

    /// <summary>Reads them.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<AcceleratorStatus>> ReadAsync(CancellationToken cancellationToken)
    {
        if (Find() is not { } program)
            return [];
        using var timeout = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, Query) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                string text = await process.StandardOutput.ReadToEndAsync(either.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? Parse(text, visible) : [];
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill();
            }
        }
        catch (Exception e) when (e is Win32Exception || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // A tool that hangs, as it does when a device has fallen off, or that cannot be run: status is not to fail for it.
            return [];
        }
    }

    /// <summary>Reads the tool's output: a line for each device.</summary>
    /// <param name="text">
    /// Number, identifier, name, use in per cent, memory in use and in all in MiB, separated by commas; what a device does not tell is <c>[N/A]</c>.
    /// </param>
    /// <param name="visible">The numbers or identifiers of those that count, separated by commas; null for all.</param>
    public static IReadOnlyList<AcceleratorStatus> Parse(string text, string? visible)
    {
        string[]? allowed = visible?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var devices = new List<AcceleratorStatus>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = line.Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length != Fields || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                continue;

            // An identifier may be cut short, as long as it names one device.
            if (allowed is null || allowed.Any(one => one == parts[0] || (one.Length > 4 && parts[1].StartsWith(one, StringComparison.Ordinal))))
            {
                devices.Add(new AcceleratorStatus(parts[2])
                {
                    Index = index,
                    UsePercent = Number(parts[3]),
                    MemoryUsedBytes = Number(parts[4]) << 20,
                    MemoryBytes = Number(parts[5]) << 20,
                });
            }
        }

        return devices;

        static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
    }

    private string? Find() => Path.IsPathRooted(tool)
        ? tool
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
}
