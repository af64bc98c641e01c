using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>
/// A node of a job. Commands run there as steps of the job, beside its agent; its ports are reached over the network of the cluster, so that what listens there has to be open.
/// </summary>
/// <param name="login">Where the steps are started, and from where the node is reached.</param>
/// <param name="allocation">The job.</param>
/// <param name="node">The node.</param>
/// <param name="patience">For how long a step waits for room beside the others of the job.</param>
internal sealed class SlurmNode(SlurmLogin login, Allocation allocation, AllocationNode node, TimeSpan patience) : Machine
{
    /// <inheritdoc/>
    public override string Name => $"{node.Name} of Slurm's job {allocation.Id}";

    /// <inheritdoc/>
    public override string Address => node.Address ?? node.Name;

    /// <inheritdoc/>
    public override bool ReachesLoopback => false;

    /// <inheritdoc/>
    public override int Generation => login.Machine.Generation;

    /// <inheritdoc/>
    public override async Task<CommandResult> RunAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        // A step that shares all that the job has with the others, its memory too where --overlap leaves that out (before 22.05), and takes nothing away from them. What else is in the
        // environment is this side's business.
        string step = string.Create(CultureInfo.InvariantCulture,
            $"exec srun --overlap --mem=0 --immediate={Math.Max(1, Math.Ceiling(patience.TotalSeconds)):0} --jobid={allocation.Id} --nodelist={ShellText.Quote(node.Name)} --nodes=1 --ntasks=1 --gres=none --mpi=none --export=HOME,USER,LOGNAME,SHELL,PATH,LANG --quiet --chdir=/ {(command.Input is null ? "--input=none " : "")}sh -c {ShellText.Quote(command.Text)}");
        using var errors = new MemoryStream();
        CommandResult result = await login.RunAsync(command with { Text = step, Error = errors }, cancellationToken).ConfigureAwait(false);
        if (!result.IsSuccess && FindFailure(Encoding.UTF8.GetString(errors.ToArray())) is { } failure)
        {
            throw new HostUnreachableException(failure.Contains("Unable to create step", StringComparison.Ordinal) && failure.Contains("busy", StringComparison.OrdinalIgnoreCase)
                ? $"A command on {this} had no room beside the job's other steps for {TimeLimit.Text(patience)}: {failure} Look what holds it (squeue --steps --jobs={allocation.Id}), and call again."
                : $"No command can be run on {this}: {failure}");
        }

        if (command.Error is { } target)
            await target.WriteAsync(errors.ToArray(), cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <inheritdoc/>
    public override Task<IPEndPoint> ForwardAsync(int port, int localPort, CancellationToken cancellationToken) => login.ReachAsync(Address, port, localPort, cancellationToken);

    /// <inheritdoc/>
    public override Task<Socket?> ConnectAsync(string socketPath, CancellationToken cancellationToken) => Task.FromResult<Socket?>(null);

    /// <inheritdoc/>
    public override void ForgoSockets(int since)
    {
    }

    /// <inheritdoc/>
    public override void Abandon(int since) => login.Machine.Abandon(since);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => default;

    // What srun says of itself; of the command it says how its task ended, which its own exit code says as well.
    private static string? FindFailure(string errors)
    {
        string[] lines = [.. errors.Split('\n').Where(static line => line.StartsWith("srun: error:", StringComparison.Ordinal) || line.StartsWith("srun: fatal:", StringComparison.Ordinal) || line.StartsWith("slurmstepd", StringComparison.Ordinal))];

        // A step that is ended from outside, since its job is, says of its task that it was terminated.
        bool isCancelled = lines.Any(static line => line.Contains("*** STEP ", StringComparison.Ordinal) && line.Contains(" CANCELLED ", StringComparison.Ordinal));
        return lines.Length == 0 || (!isCancelled && lines.Any(static line => line.Contains(": task 0: ", StringComparison.Ordinal))) ? null : string.Join(' ', lines.Select(static line => line.Trim()));
    }
}
