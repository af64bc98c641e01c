namespace Runhouse.Host.Preemption;

/// <summary>Where a provider says that it is about to take a spot machine back.</summary>
internal interface IPreemptionNotice
{
    /// <summary>Looks once.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>When the machine is gone; null while there is no notice.</returns>
    /// <exception cref="IOException">The provider's metadata does not answer.</exception>
    Task<DateTimeOffset?> LookAsync(CancellationToken cancellationToken);
}
