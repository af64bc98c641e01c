using Microsoft.Extensions.Time.Testing;
using Runhouse.Runtime.Choice;

namespace Runhouse.Runtime.Tests.Choice;

/// <summary>A provider that answers what the test says, and keeps what it was asked.</summary>
/// <param name="answer">The failure of a candidate, asked for the n-th time; null when it is made.</param>
internal sealed class ScriptedMaker(Func<Candidate, int, MakeFailure?> answer) : IMachineMaker<string>
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();

    /// <summary>What it was asked, in order.</summary>
    public List<Candidate> Asked { get; } = [];

    /// <summary>How long the search took, on its clock, to within <see cref="Tolerance"/>.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>How much longer pauses seem than they were.</summary>
    public TimeSpan Tolerance => Step * (Asked.Count + 1);

    public Task<MakeOutcome<string>> TryMakeAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        MakeFailure? failure = answer(candidate, Asked.Count(one => one == candidate));
        Asked.Add(candidate);
        return Task.FromResult(failure is null ? new MakeOutcome<string>($"machine in {candidate.Offer.Zone}") : new MakeOutcome<string>(failure));
    }

    /// <summary>A search that asks it for all providers.</summary>
    /// <param name="random">The jitter.</param>
    /// <param name="options">The pauses.</param>
    public Failover<string> Search(double random = 1, FailoverOptions? options = null) => new(_ => this, _time, options ?? new FailoverOptions(), () => random);

    /// <summary>A search that asks it for all providers, with other pauses for other random numbers.</summary>
    /// <param name="random">The jitter.</param>
    public Failover<string> Search(Random random) => new(_ => this, _time, random);

    /// <summary>Runs a search, with time passing as fast as it is waited for.</summary>
    /// <param name="search">The search.</param>
    public async Task<Made<string>> RunAsync(Task<Made<string>> search)
    {
        DateTimeOffset start = _time.GetUtcNow();
        while (!search.IsCompleted)
        {
            _time.Advance(Step);
            await Task.Yield();
        }

        Elapsed = _time.GetUtcNow() - start;
        return await search;
    }
}
