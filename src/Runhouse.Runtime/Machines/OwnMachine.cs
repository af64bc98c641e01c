using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Runhouse.Runtime.Machines;

/// <summary>This machine, as one on which commands run.</summary>
internal sealed partial class OwnMachine : Machine
{
    private const int SigTerm = 15;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override string Name => "this machine";

    /// <inheritdoc/>
    public override string Address => "127.0.0.1";

    /// <inheritdoc/>
    public override int Generation => 0;

    /// <inheritdoc/>
    public override async Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command.Text])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task? ending = null;
        using (broken.Token.Register(() => ending = EndAsync(process)))
        {
            try
            {
                await Task.WhenAll(
                    CopyAsync(process.StandardOutput.BaseStream, command.Output ?? Stream.Null, broken),
                    CopyAsync(process.StandardError.BaseStream, command.Error ?? Stream.Null, broken),
                    FeedAsync(process.StandardInput.BaseStream, command.Input, broken)).ConfigureAwait(false);
            }
            finally
            {
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                if (ending is not null)
                    await ending.ConfigureAwait(false);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return new CommandResult(process.ExitCode, null);
    }

    /// <inheritdoc/>
    public override Task<IPEndPoint> ForwardAsync(int port, int localPort, CancellationToken cancellationToken) => Task.FromResult(new IPEndPoint(IPAddress.Loopback, port));

    /// <inheritdoc/>
    public override async Task<Socket?> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <inheritdoc/>
    public override void ForgoSockets(int since)
    {
    }

    /// <inheritdoc/>
    public override void Abandon(int since)
    {
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => default;

    private static async Task CopyAsync(Stream from, Stream to, CancellationTokenSource broken)
    {
        try
        {
            await from.CopyToAsync(to, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await broken.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task FeedAsync(Stream target, Stream? input, CancellationTokenSource broken)
    {
        await using (target.ConfigureAwait(false))
        {
            byte[] buffer = new byte[64 << 10];
            try
            {
                int read;
                while (input is not null && (read = await input.ReadAsync(buffer, broken.Token).ConfigureAwait(false)) > 0)
                {
                    if (!await TryWriteAsync(target, buffer.AsMemory(0, read), broken.Token).ConfigureAwait(false))
                        return;
                }
            }
            catch
            {
                await broken.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    // False for a command that has ended, or closed its input, before it had read all: its result says why.
    private static async Task<bool> TryWriteAsync(Stream target, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(data, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Asked first: what works for it elsewhere is ended by it.
    private static async Task EndAsync(Process process)
    {
        if (!OperatingSystem.IsWindows() && !process.HasExited)
        {
            _ = SendSignal(process.Id, SigTerm);
            using var grace = new CancellationTokenSource(Grace);
            try
            {
                await process.WaitForExitAsync(grace.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException)
            {
                // It does not listen.
            }
        }

        process.Kill(entireProcessTree: true);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
