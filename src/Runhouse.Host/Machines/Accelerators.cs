using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Machines;

/// <summary>The machine's accelerators, as NVIDIA's own tool tells them. A machine without its driver has none, and pays nothing for the question.</summary>
internal sealed class Accelerators(TimeProvider time)
{
    private const string Driver = "/proc/driver/nvidia/version";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Query = ["--query-gpu=name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"];

    /// <summary>Reads them.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<AcceleratorStatus>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Driver))
            return [];
        using var timeout = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("nvidia-smi", Query) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                string text = await process.StandardOutput.ReadToEndAsync(either.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? Parse(text) : [];
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill();
            }
        }
        catch (Exception e) when (e is Win32Exception || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // A driver without its tool, or one that hangs, as they do when a device has fallen off: status is not to fail for it.
            return [];
        }
    }

    /// <summary>Reads the tool's output: a line for each device.</summary>
    /// <param name="text">Name, use in per cent, memory in use and in all in MiB, separated by commas; what a device does not tell is <c>[N/A]</c>.</param>
    public static IReadOnlyList<AcceleratorStatus> Parse(string text)
    {
        var devices = new List<AcceleratorStatus>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = line.Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length == 4)
                devices.Add(new AcceleratorStatus(parts[0]) { UsePercent = Number(parts[1]), MemoryUsedBytes = Number(parts[2]) << 20, MemoryBytes = Number(parts[3]) << 20 });
        }

        return devices;

        static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
