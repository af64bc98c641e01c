using System.Collections;
using System.Diagnostics;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Workers;

/// <summary>The program that workers run: <c>Runhouse.Worker.dll</c> under <c>dotnet</c>, or a <c>Runhouse.Worker</c> that starts by itself.</summary>
internal sealed class WorkerProgram
{
    /// <summary>16 MiB, in hexadecimal digits as the runtime reads it.</summary>
    private const string YoungestBytes = "1000000";
    private static readonly string[] YoungestSettings = ["DOTNET_GCgen0size", "COMPlus_GCgen0size"];

    private const string SecretPrefix = "RUNHOUSE__";

    private readonly string _file;
    private readonly string[] _arguments;

    private WorkerProgram(string file, params string[] arguments)
    {
        _file = file;
        _arguments = arguments;
    }

    /// <exception cref="HostRefusal">The program, or the runtime for it, is not there.</exception>
    public static WorkerProgram Find(string directory)
    {
        string assembly = Path.Combine(directory, "Runhouse.Worker.dll");
        if (File.Exists(assembly))
            return InOwnSession(FindDotnet(), assembly);

        string program = Path.Combine(directory, OperatingSystem.IsWindows() ? "Runhouse.Worker.exe" : "Runhouse.Worker");
        return File.Exists(program)
            ? InOwnSession(program)
            : throw HostRefusal.DidNotStart($"The worker program is not in {directory}. Reinstall Runhouse, or say with --worker where it is.");
    }

    public ProcessStartInfo CreateStart(string workingDirectory)
    {
        var start = new ProcessStartInfo(_file, _arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory,
        };

        // Configuration of the caller that started the host; it may hold credentials that are not meant for remote code.
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (((string)variable.Key).StartsWith(SecretPrefix, StringComparison.OrdinalIgnoreCase))
                start.Environment.Remove((string)variable.Key);
        }

        // The collector takes the size of its youngest generation from the processor's caches. A virtual machine that tells none of them
        // gets 256 KiB, and with that a collection for every few calls that carry records.
        if (!YoungestSettings.Any(start.Environment.ContainsKey))
            start.Environment[YoungestSettings[0]] = YoungestBytes;
        return start;
    }

    // A session of its own: a Ctrl-C in the terminal that the host was started from is not meant for the workers. The host ends them in order.
    private static WorkerProgram InOwnSession(params string[] command)
    {
        foreach (string setsid in (ReadOnlySpan<string>)["/usr/bin/setsid", "/bin/setsid"])
        {
            if (File.Exists(setsid))
                return new WorkerProgram(setsid, command);
        }

        return new WorkerProgram(command[0], command[1..]);
    }

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
