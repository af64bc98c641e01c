using System.Diagnostics;
using System.Globalization;
using System.Text;
using k8s.Models;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>The container of a pod: processes in namespaces of their own, with files that are a view of this machine's.</summary>
internal sealed class Container : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly string _folder;
    private readonly V1Pod _pod;
    private readonly V1Container _spec;
    private readonly Process _process;
    private readonly StreamWriter _input;
    private readonly MemoryLimit? _memory;
    private readonly CancellationTokenSource _ended = new();

    private Container(string folder, V1Pod pod, Process process, MemoryLimit? memory)
        => (_folder, _pod, _spec, _process, _input, _memory) = (folder, pod, pod.Spec.Containers[0], process, process.StandardInput, memory);

    /// <summary>Its first process, as this machine sees it.</summary>
    public int ProcessId { get; private set; }

    /// <summary>The file of its output.</summary>
    public string Log => Path.Combine(_folder, "log");

    /// <summary>Is cancelled when it has ended.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Its exit code, and the reason as a kubelet has it; completes when it has ended.</summary>
    public Task<(int ExitCode, string Reason)> Completion { get; private set; } = null!;

    /// <summary>Starts it.</summary>
    /// <param name="folder">A folder of its own.</param>
    /// <param name="pod">The pod; its first container is started, others are not.</param>
    public static async Task<Container> StartAsync(string folder, V1Pod pod)
    {
        Directory.CreateDirectory(folder);
        V1Container spec = pod.Spec.Containers[0];
        MemoryLimit? memory = spec.Resources?.Limits?.TryGetValue("memory", out ResourceQuantity? limit) == true ? new MemoryLimit($"rhk-{pod.Metadata.Uid}", limit.ToInt64()) : null;
        Process process = Supervised.Start("unshare",
        [
            "--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "--kill-child", "bash", Supervised.Script("Nodes/pod.sh"), folder, pod.Metadata.Name, memory?.Folder ?? "-",
            .. Variables(spec), "--", .. spec.Command ?? ["sleep", "infinity"], .. spec.Args ?? [],
        ]);
        var container = new Container(folder, pod, process, memory);
        if (await process.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException($"Container {pod.Metadata.Name} did not come up: {await process.StandardError.ReadToEndAsync()}");
        container.ProcessId = Child(Child(process.Id));
        container.Completion = container.WatchAsync();
        return container;
    }

    /// <summary>Starts a program in it, as a container's runtime does: in a session of its own.</summary>
    /// <param name="command">The program and its arguments.</param>
    public Process Start(IEnumerable<string> command)
    {
        string[] variables = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", $"HOSTNAME={_pod.Metadata.Name}", .. Variables(_spec)];
        return Process.Start(new ProcessStartInfo("bash",
        [
            "-c", "[ \"$0\" = - ] || echo $$ > \"$0/cgroup.procs\"; exec nsenter --all --target \"$@\"", _memory?.Folder ?? "-",
            ProcessId.ToString(CultureInfo.InvariantCulture), "setsid", "env", "-i", "-C", "/", .. variables, .. command,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        })!;
    }

    /// <summary>Asks it to end, as a kubelet does, and ends it when it has had its time.</summary>
    /// <param name="grace">Its time.</param>
    public async Task StopAsync(TimeSpan grace)
    {
        using (Process kill = Process.Start("kill", ["-TERM", ProcessId.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await Task.WhenAny(Completion, Task.Delay(grace));
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _input.Close();
        await Completion;
    }

    private static IEnumerable<string> Variables(V1Container spec) => (spec.Env ?? []).Where(static variable => variable.ValueFrom is null).Select(static variable => $"{variable.Name}={variable.Value}");

    // The one child that was there first.
    private static int Child(int process)
    {
        while (true)
        {
            string[] children = File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (children.Length > 0)
                return int.Parse(children[0], CultureInfo.InvariantCulture);
            Thread.Yield();
        }
    }

    private async Task<(int ExitCode, string Reason)> WatchAsync()
    {
        Task end = _process.WaitForExitAsync();
        bool isOutOfMemory = false;
        while (_memory is not null && !end.IsCompleted)
        {
            if (!isOutOfMemory && (isOutOfMemory = _memory.HasKilled))
                _input.Close();
            await Task.WhenAny(end, Task.Delay(Look));
        }

        await end;
        isOutOfMemory |= _memory?.HasKilled == true;
        int code = _process.ExitCode;
        if (_memory is not null)
            await _memory.DisposeAsync();
        _process.Dispose();
        Directory.Delete(Path.Combine(_folder, "root"), recursive: true);
        await _ended.CancelAsync();
        return (isOutOfMemory ? 137 : code, isOutOfMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error");
    }
}
