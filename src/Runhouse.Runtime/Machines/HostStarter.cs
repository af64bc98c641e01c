using System.Globalization;
using System.Text;
using System.Text.Json;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Machines;

/// <summary>
/// Makes a machine a host: finds the one that runs there, or starts it, and sends before what the machine lacks: the host's programs, and a .NET
/// runtime where there is none. One question when a host runs or all is there; one more to send.
/// </summary>
/// <param name="machine">The machine.</param>
/// <param name="settings">How its host is to run.</param>
internal sealed class HostStarter(Machine machine, HostStart settings)
{
    private static readonly Lazy<string> Script = new(ReadScript);

    /// <summary>Finds the host or starts it.</summary>
    /// <param name="progress">Is told what goes on.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">The machine cannot be a host, or the host did not start.</exception>
    /// <exception cref="HostUnreachableException">The machine cannot be reached.</exception>
    public async Task<HostReport> StartAsync(IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        HostBundle programs = await Task.Run(() => HostBundle.Programs(settings.ProgramDirectory), cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, HostBundle> runtimes = settings.Runtimes.Known();
        progress?.Report(new ProvisioningProgress(machine.Name, ProvisioningStage.Connecting));
        HostReport report = await RunAsync("start", programs, runtimes, input: null, cancellationToken).ConfigureAwait(false);
        if (report.Word == "NEEDS")
        {
            List<HostBundle> missing = await MissingAsync(report, programs, progress, cancellationToken).ConfigureAwait(false);
            runtimes = settings.Runtimes.Known();
            long total = missing.Sum(static bundle => bundle.Bytes);
            long sent = 0;
            var archive = new BundleArchive(missing, bytes => progress?.Report(
                new ProvisioningProgress(machine.Name, ProvisioningStage.Uploading) { Bytes = Interlocked.Add(ref sent, bytes), TotalBytes = total }));
            await using (archive.ConfigureAwait(false))
                report = await RunAsync("install", programs, runtimes, archive.Content, cancellationToken).ConfigureAwait(false);
        }

        if (report is not { Word: "RUNNING" or "STARTED", Host: not null })
            throw Failure(report);
        progress?.Report(new ProvisioningProgress(machine.Name, ProvisioningStage.Ready));
        return report;
    }

    /// <summary>The host that runs on the machine; null when none does.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<HostReport?> FindAsync(CancellationToken cancellationToken)
    {
        HostReport report = await RunAsync("find", programs: null, HostRuntimes.None, input: null, cancellationToken).ConfigureAwait(false);
        return report.Word switch
        {
            "RUNNING" when report.Host is not null => report,
            "NONE" => null,
            _ => throw Failure(report),
        };
    }

    /// <summary>Waits until a host that is stopping has ended.</summary>
    /// <param name="pid">Its process.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">It does not end.</exception>
    public Task WaitForEndAsync(int pid, CancellationToken cancellationToken) => EndAsync("wait", pid, settings.StartTimeout, cancellationToken);

    /// <summary>Ends a host by its process, once it has had its time to end by itself.</summary>
    /// <param name="pid">Its process.</param>
    /// <param name="grace">Its time.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">It does not end.</exception>
    public Task EndAsync(int pid, TimeSpan grace, CancellationToken cancellationToken) => EndAsync("end", pid, grace, cancellationToken);

    /// <summary>What the machine is and has; nothing is started or sent.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<HostReport> LookAsync(CancellationToken cancellationToken)
    {
        HostReport report = await RunAsync("facts", programs: null, settings.Runtimes.Known(), input: null, cancellationToken).ConfigureAwait(false);
        return report.Word == "FACTS" ? report : throw Failure(report);
    }

    private async Task EndAsync(string mode, int pid, TimeSpan patience, CancellationToken cancellationToken)
    {
        HostReport report = await RunAsync(Text(mode, programs: null, HostRuntimes.None, patience, pid), input: null, cancellationToken).ConfigureAwait(false);
        if (report.Word == "STAYS")
        {
            throw new HostUnreachableException(
                $"The host of cluster '{settings.Cluster}' on {machine} (process {pid.ToString(CultureInfo.InvariantCulture)}) is stopping and does not end. "
                + (mode == "wait" ? $"Take it down, which ends its process (runhouse down {settings.Cluster}), and call again." : "End that process there as a user who may, and try again."));
        }

        if (report.Word != "ENDED")
            throw Failure(report);
    }

    private Task<HostReport> RunAsync(
        string mode, HostBundle? programs, IReadOnlyDictionary<string, HostBundle> runtimes, Stream? input, CancellationToken cancellationToken)
        => RunAsync(Text(mode, programs, runtimes, settings.StartTimeout, ending: null), input, cancellationToken);

    private async Task<HostReport> RunAsync(string text, Stream? input, CancellationToken cancellationToken)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var command = new MachineCommand(text) { Input = input, Output = output, Error = errors };
        CommandResult result = await machine.RunAsync(command, cancellationToken).ConfigureAwait(false);
        var report = HostReport.Parse(Encoding.UTF8.GetString(output.ToArray()));
        return report.Word.Length > 0 ? report : new HostReport(
            "", report.Facts, Host: null, $"the script that starts a host ended with {result}\n{report.Text}\n{Encoding.UTF8.GetString(errors.ToArray())}".Trim());
    }

    private string Text(string mode, HostBundle? programs, IReadOnlyDictionary<string, HostBundle> runtimes, TimeSpan patience, int? ending)
    {
        if (settings.Directory.StartsWith('~') && settings.Directory is not ("~" or ['~', '/', ..]))
        {
            throw new DeploymentException(
                $"{settings.DirectoryKey} is '{settings.Directory}', the home of a named user, which is not looked up on {machine}. Write ~/ for the home of the user who logs in, or the whole path.");
        }

        var text = new StringBuilder();
        Set("mode", mode);
        Set("base", settings.Directory);
        Set("name", settings.Cluster);
        Set("folder", settings.Folder);
        Set("major", Environment.Version.Major.ToString(CultureInfo.InvariantCulture));
        Set("programs", programs?.Id ?? "");
        Set("agent", settings.Agent ?? "");
        Set("patience", Math.Ceiling(patience.TotalSeconds * 20).ToString(CultureInfo.InvariantCulture));
        Set("lease", settings.Lease?.File ?? "");
        Set("lease_time", settings.Lease?.Time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) ?? "");
        Set("ending", ending?.ToString(CultureInfo.InvariantCulture) ?? "");
        foreach ((string rid, HostBundle runtime) in runtimes)
            Set("runtime_" + rid.Replace('-', '_'), runtime.Id);
        text.Append("set --");
        foreach (string argument in (ReadOnlySpan<string>)[
            "--idle-timeout", settings.IdleTimeout is { } idle ? idle.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) : "0",
            "--limits", JsonSerializer.Serialize(settings.Limits, ControlJson.Default.WireLimits),
            "--deployments-kept", settings.Deployments.Kept.ToString(CultureInfo.InvariantCulture),
            "--deployment-age", settings.Deployments.Age.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            "--deployment-grace", settings.Deployments.Grace.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            "--tls", "on",
            .. settings.Lease is { } lease ? ["--lease", lease.File, "--lease-time", lease.Time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)] : Array.Empty<string>(),
            .. settings.Agent is { } agent ? ["--end-notice", $"{agent}/ending"] : Array.Empty<string>(),
            .. settings.SpotOf is { } provider ? ["--spot-of", provider] : Array.Empty<string>(),
            .. settings.MachineMemory is { } memory ? ["--machine-memory", memory.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
            .. settings.MemoryShare is { } share ? ["--memory-share", share.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
            .. settings.OpenPort is { } port ? ["--listen", "any", "--port", port.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>()])
        {
            text.Append(' ').Append(ShellText.Quote(argument));
        }

        return text.Append('\n').Append(Script.Value).ToString();

        void Set(string name, string value) => text.Append(name).Append('=').Append(ShellText.Quote(value)).Append('\n');
    }

    private async Task<List<HostBundle>> MissingAsync(
        HostReport report, HostBundle programs, IProgress<ProvisioningProgress>? progress, CancellationToken cancellationToken)
    {
        if (!report.Rid.StartsWith("linux-", StringComparison.Ordinal))
        {
            throw new DeploymentException(
                $"{machine} runs {report.Rid}, and hosts run Linux. Use a machine with Linux, or this machine by the local provider.");
        }

        var missing = new List<HostBundle>();
        if (!report.HasDotnet)
            missing.Add(await settings.Runtimes.GetAsync(machine.Name, report.Rid, progress, cancellationToken).ConfigureAwait(false));
        if (!report.HasPrograms)
            missing.Add(programs);
        long needed = missing.Sum(static bundle => bundle.Bytes);
        if (report.FreeBytes is { } free && free < needed)
        {
            throw new DeploymentException(
                $"{machine} has {free >> 20} MiB free where {settings.Directory} lies, and the host needs {(needed >> 20) + 1} MiB. Free some space, or choose another folder ({settings.DirectoryKey}).");
        }

        return missing;
    }

    private RemoteException Failure(HostReport report) => report.Word == "GONE"
        ? new HostUnreachableException($"{machine} is about to end, or has not begun: there is nobody who begins the host of cluster '{settings.Cluster}' there. Call again for it to be looked for anew.")
        : new DeploymentException(Problem(report));

    private string Problem(HostReport report) => report.Word switch
    {
        "UNWRITABLE" => $"Runhouse's folder on {machine} cannot be written: {report.Text.ReplaceLineEndings(" ").Trim()}. Make it writable, or choose another folder ({settings.DirectoryKey}).",
        "BROKEN" => $"The host's programs could not be unpacked on {machine}: {report.Text.Trim()}\nFree some space or repair what it names, then call again.",
        "FAILED" => $"The host on {machine} {report.Text.Trim()}\nIts log is in {settings.Directory}/hosts/{settings.Folder}/logs there."
            + string.Concat(SystemLibrary.Needed(report).Select(static library => $" It has no {library.Name}, {library.Use}. {library.Remedy}")),
        _ => $"A host cannot be started on {machine}: {(report.Text.Length > 0 ? report.Text : report.Word)}. It needs a POSIX shell, tar and gzip.",
    };

    private static string ReadScript()
    {
        using Stream resource = typeof(HostStarter).Assembly.GetManifestResourceStream("Runhouse.Runtime.Machines.host.sh")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
