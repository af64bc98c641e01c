using System.Collections;
using Runhouse.Runtime.Choice;

namespace Runhouse;

/// <summary>The machines of the catalogue that satisfy a request, the one to try first in front, and why the others do not.</summary>
public sealed class Candidates : IReadOnlyList<Candidate>
{
    private readonly IReadOnlyList<Candidate> _candidates;
    private readonly IReadOnlyList<MachineOffer> _offers;

    internal Candidates(Resources needs, IReadOnlyList<Candidate> candidates, IReadOnlyList<Refusals> refusals, IReadOnlyList<MachineOffer> offers)
        => (Needs, _candidates, Refused, _offers) = (needs, candidates, refusals, offers);

    /// <summary>What was asked for.</summary>
    public Resources Needs { get; }

    /// <summary>Why machines of the catalogue do not satisfy it: one entry for each reason, in the order in which they are asked.</summary>
    public IReadOnlyList<Refusals> Refused { get; }

    /// <inheritdoc/>
    public int Count => _candidates.Count;

    /// <inheritdoc/>
    public Candidate this[int index] => _candidates[index];

    /// <summary>These candidates, when there are any.</summary>
    /// <exception cref="CapacityException">There are none; the message says what comes nearest and what to ask for instead.</exception>
    public Candidates Required() => Count > 0 ? this : throw new CapacityException(Explain());

    /// <summary>Some of these candidates.</summary>
    /// <param name="candidates">Which ones.</param>
    internal Candidates Only(IReadOnlyList<Candidate> candidates) => new(Needs, candidates, Refused, _offers);

    /// <summary>Why there are no candidates, and what to do.</summary>
    public string Explain() => new RefusalText(Needs, Refused, _offers).Write();

    /// <inheritdoc/>
    public IEnumerator<Candidate> GetEnumerator() => _candidates.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
