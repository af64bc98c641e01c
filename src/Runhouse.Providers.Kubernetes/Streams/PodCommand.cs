using System.Buffers;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using k8s;
using k8s.Models;
using Runhouse.Runtime.Machines;

namespace Runhouse.Providers.Kubernetes.Streams;

/// <summary>A command that runs in a pod.</summary>
/// <param name="socket">The connection on which it was begun.</param>
/// <param name="machine">The pod's name for messages.</param>
internal sealed class PodCommand(ChannelSocket socket, string machine) : IDisposable
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Error = 2;
    private const byte Result = 3;

    // The channel, and the longest line that says a length.
    private const int HeadSize = 1 + 8;

    private static readonly Lazy<string> Script = new(static () => EmbeddedText.Read("Streams.exec.sh"));

    /// <summary>What is to be run in a pod that reads what <see cref="RunAsync"/> writes.</summary>
    public static IReadOnlyList<string> Program => ["sh", "-c", Script.Value];

    /// <summary>Runs it to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends it there, and the wait for it here.</param>
    /// <exception cref="HostUnreachableException">The connection broke.</exception>
    public async Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = SendAsync(command, stop.Token);
        try
        {
            Task<CommandResult> receiving = ReceiveAsync(command, stop.Token);

            // An input that fails ends the command; one that the connection does not take fails there, where it is said why.
            if (await Task.WhenAny(sending, receiving).ConfigureAwait(false) == sending && sending.Exception?.InnerException is { } e and not WebSocketException)
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await ((Task)receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw e;
            }

            return await receiving.ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or IOException)
        {
            throw new HostUnreachableException($"The way to {machine} broke while a command ran there: {e.Message.TrimEnd('.')}. It ends there too. Call again.", e);
        }
        finally
        {
            // With the connection the frames end, and the command with them.
            await stop.CancelAsync().ConfigureAwait(false);
            socket.Dispose();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();

    private async Task SendAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChannelSocket.MessageSize);
        try
        {
            using var text = new MemoryStream(Encoding.UTF8.GetBytes(command.Text), writable: false);
            await SendFrameAsync(buffer, (int)text.Length, text, cancellationToken).ConfigureAwait(false);
            if (command.Input is { } input)
            {
                int length;
                while ((length = await input.ReadAsync(buffer.AsMemory(HeadSize, ChannelSocket.MessageSize - HeadSize), cancellationToken).ConfigureAwait(false)) > 0)
                    await SendFrameAsync(buffer, length, more: null, cancellationToken).ConfigureAwait(false);
            }

            await SendFrameAsync(buffer, 0, more: null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // What is there of it begins behind the place for the head, which is written up to it.
    private async Task SendFrameAsync(byte[] buffer, int length, Stream? more, CancellationToken cancellationToken)
    {
        int there = more is null ? length : await more.ReadAtLeastAsync(buffer.AsMemory(HeadSize, ChannelSocket.MessageSize - HeadSize), Math.Min(length, ChannelSocket.MessageSize - HeadSize), throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        string head = string.Create(CultureInfo.InvariantCulture, $"{length}\n");
        int start = HeadSize - head.Length - 1;
        buffer[start] = Input;
        Encoding.ASCII.GetBytes(head, buffer.AsSpan(start + 1));
        await socket.SendAsync(buffer.AsMemory(start, HeadSize - start + there), cancellationToken).ConfigureAwait(false);
        buffer[0] = Input;
        while (more is not null && (there = await more.ReadAsync(buffer.AsMemory(1, ChannelSocket.MessageSize - 1), cancellationToken).ConfigureAwait(false)) > 0)
            await socket.SendAsync(buffer.AsMemory(0, 1 + there), cancellationToken).ConfigureAwait(false);
    }

    private async Task<CommandResult> ReceiveAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        using var result = new MemoryStream();
        while (await ReceivePartAsync(result, cancellationToken).ConfigureAwait(false) is { } part)
        {
            Stream? stream = part.Channel switch
            {
                Output => command.Output,
                Error => command.Error,
                Result => result,
                _ => null,
            };
            if (stream is not null && !part.Data.IsEmpty)
                await stream.WriteAsync(part.Data, cancellationToken).ConfigureAwait(false);
        }

        if (result.Length == 0)
            throw new HostUnreachableException($"The way to {machine} was closed while a command ran there. It ends there too. Call again.");
        return Read(KubernetesJson.Deserialize<V1Status>(Encoding.UTF8.GetString(result.ToArray())));
    }

    // Servers may cut the connection once they have said how the command ended.
    private async ValueTask<(byte Channel, ReadOnlyMemory<byte> Data)?> ReceivePartAsync(MemoryStream result, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (WebSocketException) when (result.Length > 0)
        {
            return null;
        }
    }

    private CommandResult Read(V1Status status)
    {
        if (status.Status == "Success")
            return new CommandResult(0, Signal: null);
        string? code = status.Details?.Causes?.FirstOrDefault(static cause => cause.Reason == "ExitCode")?.Message;
        return int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int exitCode)
            ? new CommandResult(exitCode, Signal: null)
            : throw new HostUnreachableException($"The command could not be run in {machine}: {status.Message?.TrimEnd('.') ?? "no reason was given"}. Its image needs sh; see that the pod runs (kubectl describe pod).");
    }
}
