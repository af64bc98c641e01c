using System.Diagnostics;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Workers;

/// <summary>The program that workers run: <c>Runhouse.Worker.dll</c> under <c>dotnet</c>, or a <c>Runhouse.Worker</c> that starts by itself.</summary>
internal sealed class WorkerProgram
{
    /// <summary>16 MiB, in hexadecimal digits as the runtime reads it.</summary>
    private const string YoungestBytes = "1000000";
    private static readonly string[] YoungestSettings = ["DOTNET_GCgen0size", "COMPlus_GCgen0size"];

    private const string ModifiableSetting = "DOTNET_MODIFIABLE_ASSEMBLIES";

    private readonly string[] _command;

    private WorkerProgram(params string[] command) => _command = command;

    /// <summary>Finds it.</summary>
    /// <param name="directory">Its folder.</param>
    /// <param name="isEndedByHost">Whether SIGTERM is not for workers: whoever takes the place away may say so to every process there, and it is the host that knows how much time is left.</param>
    /// <exception cref="HostRefusal">The program, or the runtime for it, is not there.</exception>
    public static WorkerProgram Find(string directory, bool isEndedByHost)
    {
        string[] options = isEndedByHost ? ["--ended-by-host"] : [];
        string assembly = Path.Combine(directory, "Runhouse.Worker.dll");
        string program = Path.Combine(directory, OperatingSystem.IsWindows() ? "Runhouse.Worker.exe" : "Runhouse.Worker");
        if (File.Exists(assembly) && !(HostHasLauncher && File.Exists(program)))
            return new WorkerProgram([FindDotnet(), assembly, .. options]);

        return File.Exists(program)
            ? new WorkerProgram([program, .. options])
            : throw HostRefusal.DidNotStart($"The worker program is not in {directory}. Reinstall Runhouse, or say with --worker where it is.");
    }

    public ProcessStartInfo CreateStart(string workingDirectory)
    {
        ProcessStartInfo start = ChildProcess.CreateStart(_command, workingDirectory);

        // The collector takes the size of its youngest generation from the processor's caches. A virtual machine that tells none of them
        // gets 256 KiB, and with that a collection for every few calls that carry records.
        if (!YoungestSettings.Any(start.Environment.ContainsKey))
            start.Environment[YoungestSettings[0]] = YoungestBytes;

        // What was built for debugging can be changed while it runs (runhouse watch). It costs what was built for release nothing.
        if (!start.Environment.ContainsKey(ModifiableSetting))
            start.Environment[ModifiableSetting] = "debug";
        return start;
    }

    // A runtime that was composed of packages has no dotnet: programs beside host and worker start them. One that is found all the same is another runtime's.
    private static bool HostHasLauncher => Path.GetFileName(Environment.ProcessPath) is "Runhouse.Host" or "Runhouse.Host.exe"
        && File.Exists(Path.Combine(AppContext.BaseDirectory, "Runhouse.Host.dll"));

    private static string FindDotnet()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } hostPath && File.Exists(hostPath))
            return hostPath;
        if (Path.GetFileName(Environment.ProcessPath) == name)
            return Environment.ProcessPath!;
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root && File.Exists(Path.Combine(root, name)))
            return Path.Combine(root, name);

        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            string candidate = Path.Combine(folder, name);
            if (File.Exists(candidate))
                return candidate;
        }

        throw HostRefusal.DidNotStart("No dotnet was found for the workers: neither DOTNET_HOST_PATH, DOTNET_ROOT nor PATH leads to one. Install the .NET runtime on the host, or set DOTNET_ROOT.");
    }
}
