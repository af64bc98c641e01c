using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Gcp;

/// <summary>Says in our words what Compute Engine says in its own: which class an error is of, and which exception it becomes.</summary>
internal static class ComputeFault
{
    // cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation, and the reasons of cloud.google.com/apis/design/errors.
    private static readonly Dictionary<string, ProvisioningFailure> Codes = new(StringComparer.Ordinal)
    {
        ["ZONE_RESOURCE_POOL_EXHAUSTED"] = ProvisioningFailure.Capacity,
        ["ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"] = ProvisioningFailure.Capacity,
        ["REGION_RESOURCE_POOL_EXHAUSTED"] = ProvisioningFailure.Capacity,
        ["insufficientCapacity"] = ProvisioningFailure.Capacity,
        ["VM_MIN_COUNT_NOT_REACHED"] = ProvisioningFailure.Capacity,

        // What an operation says of a spot machine that was taken back while it was made.
        ["UNSUPPORTED_OPERATION"] = ProvisioningFailure.Capacity,
        ["QUOTA_EXCEEDED"] = ProvisioningFailure.Quota,
        ["quotaExceeded"] = ProvisioningFailure.Quota,
        ["limitExceeded"] = ProvisioningFailure.Quota,
        ["LIMIT_EXCEEDED"] = ProvisioningFailure.Quota,
        ["RATE_LIMIT_EXCEEDED"] = ProvisioningFailure.Throttled,
        ["rateLimitExceeded"] = ProvisioningFailure.Throttled,
        ["userRateLimitExceeded"] = ProvisioningFailure.Throttled,
        ["concurrentLimitExceeded"] = ProvisioningFailure.Throttled,
        ["RESOURCE_OPERATION_RATE_EXCEEDED"] = ProvisioningFailure.Throttled,
        ["RESOURCE_NOT_READY"] = ProvisioningFailure.Throttled,
        ["resourceNotReady"] = ProvisioningFailure.Throttled,
        ["INTERNAL_ERROR"] = ProvisioningFailure.Throttled,
        ["internalError"] = ProvisioningFailure.Throttled,
        ["backendError"] = ProvisioningFailure.Throttled,
        ["SERVICE_UNAVAILABLE"] = ProvisioningFailure.Throttled,
        ["TokenUnavailable"] = ProvisioningFailure.Throttled,
        ["NoCredentials"] = ProvisioningFailure.Authentication,
        ["NoProject"] = ProvisioningFailure.Authentication,
        ["TokenRefused"] = ProvisioningFailure.Authentication,
        ["PERMISSIONS_ERROR"] = ProvisioningFailure.Authentication,
        ["SERVICE_ACCOUNT_ACCESS_DENIED"] = ProvisioningFailure.Authentication,
    };

    // What a request may say of a type, or of what goes with it, that another type or region would mend.
    private static readonly string[] Places = ["machinetype", "machine type", "acceleratortype", "accelerator type", "guestaccelerators", "subnetwork", "disktype", "disk type"];

    /// <summary>Whether an exception is one of a request to Google Cloud, and not of its caller's patience.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static bool IsOfRequest(Exception exception, CancellationToken cancellationToken)
        => exception is ComputeException or HttpRequestException or IOException or TimeoutException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>Whether the API did not answer a request, or said "later", and its caller still waits.</summary>
    /// <param name="exception">What the request failed with.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static bool IsLater(Exception exception, CancellationToken cancellationToken)
        => IsOfRequest(exception, cancellationToken) && ToFailure(exception).Failure == ProvisioningFailure.Throttled;

    /// <summary>Whether a request may have been carried out although it failed.</summary>
    /// <param name="exception">What it failed with.</param>
    public static bool IsUncertain(Exception exception) => exception is not ComputeException refusal || refusal is { Status: >= 500, Code: not "TokenUnavailable" };

    /// <summary>What is at the bottom of an error, in its own words.</summary>
    /// <param name="exception">The error.</param>
    public static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
            exception = inner;
        return exception.Message;
    }

    /// <summary>An error as the reason why there are no machines.</summary>
    /// <param name="exception">The error.</param>
    public static MakeFailure ToFailure(Exception exception) => exception switch
    {
        ComputeException refusal => new MakeFailure(ClassOf(refusal), refusal.Code, refusal.Message, refusal.RetryAfter),
        OperationCanceledException or TimeoutException => new MakeFailure(ProvisioningFailure.Throttled, "NoAnswer", "Compute Engine did not answer in time"),
        _ => new MakeFailure(ProvisioningFailure.Throttled, "NoConnection", Innermost(exception)),
    };

    /// <summary>The exception that a failure becomes where machines are looked for or given back.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="what">What was to be done: <c>The machines of gcp cannot be listed</c>.</param>
    /// <param name="cause">What the request failed with.</param>
    public static RemoteException ToException(MakeFailure failure, string what, Exception cause)
    {
        string text = $"{what}: {failure.Code}: {failure.Message.TrimEnd('.')}.";
        return failure.Failure == ProvisioningFailure.Authentication
            ? new CredentialsException($"{text} Renew the credentials, or allow their user what the message names.", cause)
            : new HostUnreachableException($"{text} Try again later; the machines are as they were, or on their way to be gone.", cause);
    }

    private static ProvisioningFailure ClassOf(ComputeException refusal)
    {
        // The zones of a region have different types; the next zone may have this one.
        if (Says(refusal, "does not exist in zone") || Says(refusal, "not available in zone") || Says(refusal, "stockout") || Says(refusal, "does not have enough resources"))
            return ProvisioningFailure.Capacity;

        // A quota of requests, not of machines.
        if (refusal.Code == "quotaExceeded" && Says(refusal, "per minute"))
            return ProvisioningFailure.Throttled;
        if (Codes.TryGetValue(refusal.Code, out ProvisioningFailure known))
            return known;
        return refusal.Status switch
        {
            401 or 403 => ProvisioningFailure.Authentication,
            429 or >= 500 => ProvisioningFailure.Throttled,
            _ => Places.Any(place => Says(refusal, place)) || Says(refusal, "unknown zone") ? ProvisioningFailure.Unsupported : ProvisioningFailure.Configuration,
        };
    }

    private static bool Says(ComputeException refusal, string text) => refusal.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
}
