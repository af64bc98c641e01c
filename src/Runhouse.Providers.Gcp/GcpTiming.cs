using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>How long Google Cloud is waited for.</summary>
internal sealed record GcpTiming : CloudTiming
{
    /// <summary>How much longer a request may take that waits for an operation: the API answers it after two minutes at the latest.</summary>
    public TimeSpan OperationWait { get; init; } = TimeSpan.FromMinutes(2);
}
