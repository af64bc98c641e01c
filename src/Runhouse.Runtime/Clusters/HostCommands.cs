using System.Net.Http.Json;
using System.Text.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>Commands for a host's shell.</summary>
internal static class HostCommands
{
    /// <summary>Runs a command to its end.</summary>
    /// <param name="host">The host.</param>
    /// <param name="command">The command.</param>
    /// <param name="output">Takes what it writes to its standard output, as it comes; null to drop it.</param>
    /// <param name="error">Takes what it writes to its standard error, as it comes; null to drop it.</param>
    /// <param name="cancellationToken">Ends the command there, with all that it started, and the wait for it here.</param>
    /// <exception cref="HostUnreachableException">The connection broke; the host has ended the command.</exception>
    /// <exception cref="DeploymentException">The host refused the command, or could not start it: its folder is missing, or a variable cannot be one.</exception>
    public static async Task<CommandEnded> RunAsync(HostClient host, RunCommand command, Stream? output, Stream? error, CancellationToken cancellationToken)
    {
        using HttpContent content = JsonContent.Create(command, ControlJson.Default.RunCommand);
        HostOutput answer = await host.BeginAsync("v1/commands", content, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            while (await answer.ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
            {
                if (frame.Kind == OutputFrameKind.Message)
                {
                    CommandEnded ended = JsonSerializer.Deserialize(frame.Payload.Span, ControlJson.Default.CommandEnded)!;
                    return ended.NotStarted is { } reason ? throw new DeploymentException($"{host.Address} did not run the command. {reason}") : ended;
                }

                if ((frame.Kind == OutputFrameKind.Error ? error : output) is not { } target)
                    continue;

                // Flushed, because it is meant to be seen as it comes.
                await target.WriteAsync(frame.Payload, cancellationToken).ConfigureAwait(false);
                await target.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            throw answer.Cut("the command");
        }
    }
}
