using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Runhouse.Protocol.Generated;
using Runhouse.Ssh.Network;

namespace Runhouse.Benchmarks.Redeploy;

/// <summary>From a saved line to its result: by a redeploy and by hot reload, beside a full upload to an empty host, and a plain copy of the output and a start of the program.</summary>
internal static class RedeployRun
{
    private const string Name = "redeploy";
    private static readonly IReadOnlyDictionary<string, JsonElement> None = new Dictionary<string, JsonElement>();

    /// <summary>Measures.</summary>
    /// <param name="options">Quick: two rounds, and the smaller project alone.</param>
    public static async Task<IReadOnlyList<Row>> RunAsync(BenchmarkOptions options)
    {
        int rounds = options.Rounds ?? (options.Quick ? 2 : 7);
        var series = new Series(Name);

        // The compiler, with its texts in all languages, makes 30 MB of it.
        using EditedProject project = await EditedProject.CreateAsync(("Microsoft.CodeAnalysis.CSharp", "5.0.0"));

        // The host is started by somebody else, so that this process finds it at the port behind which its bytes are counted.
        using var home = new HostHome();
        await ProgramAsync(project.Program, "call", home.Path);
        using var proxy = new CountingProxy(home.HostPort);
        using HostHome behind = home.Behind(proxy.Port);
        Environment.SetEnvironmentVariable("RUNHOUSE_HOME", behind.Path);
        await RunAsync(project, "40 files", series, rounds, proxy, behind.Path);
        if (!options.Quick)
        {
            using EditedProject large = await EditedProject.CreateAsync(("TorchSharp-cpu", "0.107.0"));
            await RunAsync(large, "40 files and TorchSharp", series, rounds, proxy, behind.Path);
        }

        return [.. series.Rows()];
    }

    private static async Task RunAsync(EditedProject project, string title, Series series, int rounds, CountingProxy proxy, string home)
    {
        using (var empty = new HostHome())
        {
            long start = Stopwatch.GetTimestamp();
            await ProgramAsync(project.Program, "call", empty.Path);
            series.Add(title, "runhouse", "all of it to an empty host, with the starts", "ms", Elapsed(start), counts: true);
        }

        Expect(project, await CallAsync(project.Output));
        series.Add(title, "runhouse", "size of what ships", "MB", await ShippedAsync(), counts: true);
        for (int round = 0; round <= rounds; round++)
        {
            await project.EditAsync();
            long start = Stopwatch.GetTimestamp();
            await project.BuildAsync();
            double build = Elapsed(start);
            long sent = proxy.Sent;
            long built = Stopwatch.GetTimestamp();
            string answer = await CallAsync(project.Output);
            double result = Elapsed(built);
            Expect(project, answer);
            bool counts = round > 0;
            series.Add(title, "dotnet build", "bare, of one line", "ms", build, counts);
            series.Add(title, "runhouse", "sent, on this machine uncompressed", "kB", (proxy.Sent - sent) / 1e3, counts);
            series.Add(title, "files", "the changed assembly and its symbols", "kB", SizeOf(project, compressed: false) / 1e3, counts);
            series.Add(title, "files", "the same compressed, as over a network", "kB", SizeOf(project, compressed: true) / 1e3, counts);
            series.Add(title, "runhouse", "finished build to result", "ms", result, counts);
            series.Add(title, "runhouse", "saved line to result, with the build", "ms", build + result, counts);
            series.Add(title, "cp and start", "finished build to result", "ms", await CopyAndStartAsync(project), counts);

            // Nobody edits again within the time that the standby of the next deployment takes to start.
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        await ReloadAsync(project, title, series, rounds, home);
    }

    private static async Task ReloadAsync(EditedProject project, string title, Series series, int rounds, string home)
    {
        await using WatchProcess watch = await WatchProcess.StartAsync(project);
        Expect(project, await ProgramAsync(project.Program, "create", home));
        await using ClusterApplication model = await Cluster.Local().OpenObjectAsync("model");
        RemoteMember member = model.Find("Model.Answer", []);
        for (int round = 0; round <= rounds; round++)
        {
            await project.EditAsync();
            long saved = Stopwatch.GetTimestamp();
            string answer;
            do
                answer = (await model.CallAsync(member, None))!.Value.GetString()!;
            while (!answer.StartsWith(project.Answer + ' ', StringComparison.Ordinal) && await WaitAsync());
            double elapsed = Elapsed(saved);
            if (answer != project.Answer + " 7")
                throw new InvalidOperationException($"The object has lost its state: {answer}.");
            series.Add(title, "runhouse watch", "saved line to new behaviour of a live object", "ms", elapsed, round > 0);
            await watch.NextAsync("Adopted");
        }

        static async Task<bool> WaitAsync()
        {
            await Task.Delay(1);
            return true;
        }
    }

    private static async Task<string> CallAsync(string build)
    {
        await using ClusterApplication application = await Cluster.Local().OpenApplicationAsync(new ApplicationChoice { Build = build });
        return (await application.CallAsync(application.Find("Work.AnswerAsync", []), None))!.Value.GetString()!;
    }

    private static async Task<double> ShippedAsync()
    {
        ClusterStatus status = await Cluster.Local().StatusAsync();
        return status.Hosts[0].Status!.Deployments.Single(static one => one.IsCurrent).Bytes / 1e6;
    }

    private static double SizeOf(EditedProject project, bool compressed)
    {
        using var size = new MemoryStream();
        foreach (string name in (string[])["App.dll", "App.pdb"])
        {
            byte[] content = File.ReadAllBytes(Path.Combine(project.Output, name));
            if (compressed)
            {
                using var brotli = new BrotliStream(size, CompressionLevel.Fastest, leaveOpen: true);
                brotli.Write(content);
            }
            else
            {
                size.Write(content);
            }
        }

        return size.Length;
    }

    private static async Task<double> CopyAndStartAsync(EditedProject project)
    {
        string copy = project.Folder + "-copy";
        long start = Stopwatch.GetTimestamp();
        await Tool.RunAsync("cp", ["-r", project.Output, copy]);
        Expect(project, await Tool.RunAsync("dotnet", [Path.Combine(copy, "App.dll")]));
        double elapsed = Elapsed(start);
        Directory.Delete(copy, recursive: true);
        return elapsed;
    }

    private static Task<string> ProgramAsync(string program, string argument, string home) => Tool.RunAsync("dotnet", [program, argument], environment: new() { ["RUNHOUSE_HOME"] = home });

    private static void Expect(EditedProject project, string answer)
    {
        if (!answer.StartsWith(project.Answer + ' ', StringComparison.Ordinal))
            throw new InvalidOperationException($"The code answered '{answer}' where it says '{project.Answer}'.");
    }

    private static double Elapsed(long start) => Stopwatch.GetElapsedTime(start).TotalMilliseconds;
}
