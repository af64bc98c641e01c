using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Host.Commands;

/// <summary>A command for this machine's shell.</summary>
internal sealed record ShellCommand(string Text)
{
    private const int BufferBytes = 32 * 1024;

    // Linux takes 128 KiB for one argument, with the zero at its end.
    private const int LongestArgument = 120 * 1024;

    // What it started may hold its output open; its own last words are in the pipe by then.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Variables over those of the host.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Where it runs.</summary>
    public string WorkingDirectory { get; init; } = HostPaths.Home;

    /// <summary>Hides the secrets that it may write; null when there are none.</summary>
    public Redactor? Redactor { get; init; }

    /// <summary>Runs the command to its end.</summary>
    /// <param name="output">Takes what it writes, as it comes.</param>
    /// <param name="cancellationToken">Ends the command and all that it started.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    /// <exception cref="CommandNotStartedException">It did not start.</exception>
    public async Task<ProcessExit> RunAsync(CommandOutput output, CancellationToken cancellationToken)
    {
        string? script = Encoding.UTF8.GetByteCount(Text) > LongestArgument ? Path.Combine(Path.GetTempPath(), $"runhouse-{Path.GetRandomFileName()}.sh") : null;
        try
        {
            using Process process = Start(script);
            return await RunAsync(process, output, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (script is not null)
                File.Delete(script);
        }
    }

    private Process Start(string? script)
    {
        try
        {
            if (script is not null)
            {
                using FileStream file = HostFolders.OpenPrivate(script, FileMode.CreateNew);
                file.Write(Encoding.UTF8.GetBytes(Text));
            }

            ProcessStartInfo start = ChildProcess.CreateStart(script is null ? ["/bin/sh", "-c", Text] : ["/bin/sh", script], WorkingDirectory);
            foreach ((string name, string value) in Variables)
                start.Environment[name] = value;
            return Process.Start(start)!;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw CommandNotStartedException.Of(WorkingDirectory, exception);
        }
    }

    private async Task<ProcessExit> RunAsync(Process process, CommandOutput output, CancellationToken cancellationToken)
    {
        // Its number, which is its group's too, is needed when it has ended and others of the group have not.
        int id = process.Id;
        process.StandardInput.Close();
        Task<long> exited = EndOfAsync(process);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task pumping = Task.WhenAll(
            PumpAsync(process.StandardOutput.BaseStream, OutputFrameKind.Output, output, exited, ending.Token),
            PumpAsync(process.StandardError.BaseStream, OutputFrameKind.Error, output, exited, ending.Token));
        try
        {
            await Task.WhenAny(pumping, exited.WaitAsync(cancellationToken)).Unwrap().ConfigureAwait(false);
            await exited.WaitAsync(cancellationToken).ConfigureAwait(false);
            await pumping.ConfigureAwait(false);
            return ProcessExit.FromProcess(process.ExitCode);
        }
        catch
        {
            await EndAsync(process, id, exited).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await pumping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PumpAsync(Stream stream, OutputFrameKind kind, CommandOutput output, Task exited, CancellationToken cancellationToken)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var text = new RedactingStream(stream, () => Redactor);
        byte[] buffer = new byte[BufferBytes];
        while (true)
        {
            Task<int> reading = text.ReadAsync(buffer, silent.Token).AsTask();
            await Task.WhenAny(reading, exited).ConfigureAwait(false);
            if (!reading.IsCompleted)
                silent.CancelAfter(Silence);

            int read;
            try
            {
                read = await reading.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return;
            }

            if (read == 0)
                return;
            silent.CancelAfter(Timeout.InfiniteTimeSpan);
            await output(kind, buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
    }

    // First in order, so that it can clean up; then whatever is left of it.
    private static async Task EndAsync(Process process, int id, Task<long> exited)
    {
        Signal(ChildProcess.Terminate);
        await Task.WhenAny(exited, Task.Delay(Patience)).ConfigureAwait(false);
        Signal(ChildProcess.Kill);
        await exited.ConfigureAwait(false);

        void Signal(int signal)
        {
            if (exited.IsCompletedSuccessfully)
                ProcessGroup.SignalRest(id, exited.Result, signal);
            else
                ChildProcess.Signal(process, id, signal);
        }
    }

    private static async Task<long> EndOfAsync(Process process)
    {
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return ProcessReading.Now();
    }
}
