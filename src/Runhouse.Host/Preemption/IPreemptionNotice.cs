namespace Runhouse.Host.Preemption;

/// <summary>Where it is said that this machine is about to be taken away.</summary>
internal interface IPreemptionNotice
{
    /// <summary>How often it is looked at.</summary>
    TimeSpan Period { get; }

    /// <summary>Looks once.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The notice; null while there is none.</returns>
    /// <exception cref="IOException">What says so does not answer, or says something else.</exception>
    Task<EndNotice?> LookAsync(CancellationToken cancellationToken);
}
