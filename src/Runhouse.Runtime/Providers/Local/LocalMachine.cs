using System.Globalization;

namespace Runhouse.Runtime.Providers.Local;

/// <summary>What this machine has.</summary>
/// <param name="Cores">Processor cores that this process may use.</param>
/// <param name="MemoryGiB">Memory that this process may use.</param>
/// <param name="Accelerators">The models of its accelerators as their driver names them, one for each: <c>NVIDIA A100-SXM4-80GB</c>.</param>
internal sealed record LocalMachine(int Cores, double MemoryGiB, IReadOnlyList<string> Accelerators)
{
    private const string NvidiaDevices = "/proc/driver/nvidia/gpus";
    private const double Gibibyte = 1L << 30;

    /// <summary>Looks at this machine.</summary>
    public static LocalMachine Detect()
        => new(Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Gibibyte, ReadModels(NvidiaDevices));

    /// <summary>Reads what NVIDIA's driver for Linux says of its devices: one folder each, with a line <c>Model: ...</c> in <c>information</c>.</summary>
    /// <param name="directory">The driver's folder.</param>
    public static IReadOnlyList<string> ReadModels(string directory)
    {
        const string Key = "Model:";
        if (!Directory.Exists(directory))
            return [];
        return
        [
            .. Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal)
                .Select(static device => Path.Combine(device, "information")).Where(File.Exists)
                .SelectMany(File.ReadLines).Where(static line => line.StartsWith(Key, StringComparison.Ordinal)).Select(static line => line[Key.Length..].Trim()),
        ];
    }

    /// <summary>All that is missing here for some needs, in words; null when nothing is.</summary>
    /// <param name="needs">The needs.</param>
    public string? Lacks(Resources needs)
    {
        string missing = string.Join("; ", Missing(needs));
        return missing.Length == 0 ? null : missing;
    }

    private IEnumerable<string> Missing(Resources needs)
    {
        if (needs.Accelerators.Count > 0 && !needs.Accelerators.Any(need => Accelerators.Count(need.Names) >= need.Count))
            yield return $"Gpu = \"{string.Join('|', needs.Accelerators)}\" ({(Accelerators.Count == 0 ? "it has no accelerator" : "it has " + string.Join(", ", Accelerators))})";
        if (needs.Cpus is { } cpus && Cores < cpus.Value)
            yield return $"Cpus = \"{cpus}\" (it has {Cores})";
        if (needs.Memory is { } memory && MemoryGiB < memory.Value)
            yield return string.Create(CultureInfo.InvariantCulture, $"Memory = \"{memory}\" (it has {MemoryGiB:0.#} GiB)");
    }
}
