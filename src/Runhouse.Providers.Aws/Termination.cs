using System.Text.RegularExpressions;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>Ends machines of a region, and waits until EC2 says that they are gone.</summary>
/// <param name="client">EC2's client.</param>
/// <param name="instances">Looks for machines.</param>
/// <param name="patience">How requests are sent again.</param>
/// <param name="timing">How long machines are waited for.</param>
internal sealed partial class Termination(IAmazonEC2 client, Instances instances, Patience patience, AwsTiming timing)
{
    private const int LargestRequest = 200;

    /// <summary>Ends machines.</summary>
    /// <param name="ids">Their ids.</param>
    /// <param name="areNew">Whether they were made just now: EC2 may not know them yet, and one that it does not know is not gone.</param>
    /// <param name="cancellationToken">Stops waiting; the machines may go on.</param>
    /// <exception cref="TimeoutException">EC2 does not say that they are gone.</exception>
    public async Task EndAsync(IEnumerable<string> ids, bool areNew, CancellationToken cancellationToken)
    {
        foreach (string[] some in ids.Distinct().Chunk(LargestRequest))
        {
            HashSet<string> known = await TerminateAsync(some, areNew, cancellationToken).ConfigureAwait(false);
            await WaitAsync(known, cancellationToken).ConfigureAwait(false);
        }
    }

    // All of one request or none: a single id that EC2 does not know keeps the others alive.
    private async Task<HashSet<string>> TerminateAsync(string[] ids, bool areNew, CancellationToken cancellationToken)
    {
        var left = ids.ToHashSet(StringComparer.Ordinal);
        Pauses pauses = patience.NewPauses();
        while (left.Count > 0)
        {
            try
            {
                await patience.AskAsync(token => client.TerminateInstancesAsync(new TerminateInstancesRequest([.. left]), token), cancellationToken).ConfigureAwait(false);
                return left;
            }
            catch (AmazonEC2Exception exception) when (AwsFault.IsNotFound(exception, "InvalidInstanceID"))
            {
                if (areNew)
                {
                    if (timing.IsVisible(pauses))
                        throw;
                    await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                string[] unknown = [.. InstanceId().Matches(exception.Message).Select(static match => match.Value).Where(left.Contains)];
                if (unknown.Length == 0)
                    throw;
                left.ExceptWith(unknown);
            }
        }

        return left;
    }

    private async Task WaitAsync(HashSet<string> left, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        while (left.Count > 0)
        {
            IReadOnlyList<Instance> found = await LookAsync(left, cancellationToken).ConfigureAwait(false);
            left.ExceptWith(found.Where(static one => one.State.Name == InstanceStateName.Terminated).Select(static one => one.InstanceId));

            // It took the request and does not list them: not yet, or not any more.
            if (timing.IsVisible(pauses))
                left.IntersectWith(found.Select(static one => one.InstanceId));
            if (left.Count == 0)
                return;
            if (pauses.Elapsed > timing.EndLimit)
                throw new TimeoutException($"EC2 has not ended {string.Join(", ", left.Order(StringComparer.Ordinal))} within {timing.EndLimit}");
            await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // No answer is no news: they are on their way to be gone.
    private async Task<IReadOnlyList<Instance>> LookAsync(HashSet<string> ids, CancellationToken cancellationToken)
    {
        Pauses pauses = patience.NewPauses();
        while (true)
        {
            try
            {
                return await instances.WithIdsAsync(ids, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (AwsFault.IsLater(exception, cancellationToken) && pauses.Elapsed < timing.EndLimit)
            {
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [GeneratedRegex("i-[0-9a-f]+")]
    private static partial Regex InstanceId();
}
