namespace Runhouse;

/// <summary>Which of several machines that would do is tried first.</summary>
public enum CandidateOrder
{
    /// <summary>The cheapest. Those whose price is not known come last.</summary>
    Cheapest,

    /// <summary>The one that was written first among the alternatives of accelerator, instance type, provider and region, in this order; among equals the cheapest.</summary>
    AsWritten,
}
