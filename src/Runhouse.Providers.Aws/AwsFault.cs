using Amazon.EC2;
using Amazon.Runtime;
using Runhouse.Runtime.Choice;

namespace Runhouse.Providers.Aws;

/// <summary>Says in our words what EC2 says in its own: which class an error is of, and which exception it becomes.</summary>
internal static class AwsFault
{
    private const string EncodedPart = "Encoded authorization failure message:";

    // docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    private static readonly Dictionary<string, ProvisioningFailure> Codes = new(StringComparer.Ordinal)
    {
        ["SpotMaxPriceTooLow"] = ProvisioningFailure.Capacity,
        ["MaxSpotInstanceCountExceeded"] = ProvisioningFailure.Quota,
        ["PendingVerification"] = ProvisioningFailure.Quota,
        ["RequestLimitExceeded"] = ProvisioningFailure.Throttled,
        ["RequestResourceCountExceeded"] = ProvisioningFailure.Configuration,
        ["Throttling"] = ProvisioningFailure.Throttled,
        ["ThrottlingException"] = ProvisioningFailure.Throttled,
        ["RequestThrottled"] = ProvisioningFailure.Throttled,
        ["EC2ThrottledException"] = ProvisioningFailure.Throttled,
        ["Unavailable"] = ProvisioningFailure.Throttled,
        ["ServiceUnavailable"] = ProvisioningFailure.Throttled,
        ["InternalError"] = ProvisioningFailure.Throttled,
        ["InternalFailure"] = ProvisioningFailure.Throttled,
        ["AccessDenied"] = ProvisioningFailure.Authentication,
        ["AccessDeniedException"] = ProvisioningFailure.Authentication,
        ["Blocked"] = ProvisioningFailure.Authentication,
        ["ExpiredToken"] = ProvisioningFailure.Authentication,
        ["ExpiredTokenException"] = ProvisioningFailure.Authentication,
        ["IncompleteSignature"] = ProvisioningFailure.Authentication,
        ["InvalidAccessKeyId"] = ProvisioningFailure.Authentication,
        ["InvalidClientTokenId"] = ProvisioningFailure.Authentication,
        ["MissingAuthenticationToken"] = ProvisioningFailure.Authentication,
        ["OptInRequired"] = ProvisioningFailure.Authentication,
        ["RequestExpired"] = ProvisioningFailure.Authentication,
        ["SignatureDoesNotMatch"] = ProvisioningFailure.Authentication,
        ["UnauthorizedOperation"] = ProvisioningFailure.Authentication,
        ["UnrecognizedClientException"] = ProvisioningFailure.Authentication,
        ["InstanceTypeNotSupported"] = ProvisioningFailure.Unsupported,
        ["InvalidInstanceType"] = ProvisioningFailure.Unsupported,
        ["InvalidParameterCombination"] = ProvisioningFailure.Unsupported,
        ["Unsupported"] = ProvisioningFailure.Unsupported,
        ["UnsupportedOperation"] = ProvisioningFailure.Unsupported,
    };

    /// <summary>Whether an exception is one of a request to EC2, and not of its caller's patience.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static bool IsOfRequest(Exception exception, CancellationToken cancellationToken)
        => exception is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or TimeoutException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>Whether EC2 did not answer a request, or said "later", and its caller still waits.</summary>
    /// <param name="exception">What the request failed with.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    public static bool IsLater(Exception exception, CancellationToken cancellationToken)
        => IsOfRequest(exception, cancellationToken) && ToFailure(exception).Failure == ProvisioningFailure.Throttled;

    /// <summary>Whether a request may have been carried out although it failed.</summary>
    /// <param name="exception">What it failed with.</param>
    public static bool IsUncertain(Exception exception) => exception switch
    {
        AmazonServiceException { ErrorCode: { Length: > 0 } code } service => (int)service.StatusCode >= 500 && code is "InternalError" or "InternalFailure" or "Unavailable" or "ServiceUnavailable",
        AmazonServiceException => true,
        _ => !IsAboutCredentials(exception),
    };

    /// <summary>Whether an error says that there is no such thing.</summary>
    /// <param name="exception">The error.</param>
    /// <param name="what">What there is none of, as codes begin: <c>InvalidInstanceID</c>.</param>
    public static bool IsNotFound(Exception exception, string what)
        => exception is AmazonEC2Exception { ErrorCode: { } code } && code.StartsWith(what, StringComparison.Ordinal) && code.EndsWith(".NotFound", StringComparison.Ordinal);

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
        AmazonServiceException { ErrorCode: { Length: > 0 } code } service => OfCode(code, service),
        _ when IsAboutCredentials(exception) => new MakeFailure(ProvisioningFailure.Authentication, "NoCredentials", Innermost(exception)),
        TimeoutException => new MakeFailure(ProvisioningFailure.Throttled, "NoAnswer", exception.Message),
        OperationCanceledException => new MakeFailure(ProvisioningFailure.Throttled, "NoAnswer", "EC2 did not answer in time"),
        _ => new MakeFailure(ProvisioningFailure.Throttled, "NoConnection", Innermost(exception)),
    };

    /// <summary>The reason why a machine ended while it started.</summary>
    /// <param name="code">The code of its state reason: <c>Server.InsufficientInstanceCapacity</c>.</param>
    /// <param name="message">What EC2 says about it.</param>
    public static MakeFailure OfStateReason(string code, string message)
    {
        string ownCode = code.Split('.', 2) is [_, var rest] ? rest : code;
        ProvisioningFailure failure = Known(ownCode) ?? (code.StartsWith("Client.", StringComparison.Ordinal) ? ProvisioningFailure.Configuration : ProvisioningFailure.Capacity);

        // An outage of the machine that it was to run on; "later" would be of no use to a request that has been carried out.
        if (failure == ProvisioningFailure.Throttled)
            failure = code.StartsWith("Client.", StringComparison.Ordinal) ? ProvisioningFailure.Configuration : ProvisioningFailure.Capacity;
        return new MakeFailure(failure, code, code == "Client.InternalError" ? $"{message.TrimEnd('.')}; mostly the key that encrypts its disk may not be used" : message);
    }

    /// <summary>The exception that a failure becomes where machines are looked for or given back.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="what">What was to be done: <c>The machines of aws in us-east-1 cannot be listed</c>.</param>
    /// <param name="cause">What the request failed with.</param>
    public static RemoteException ToException(MakeFailure failure, string what, Exception cause)
    {
        string text = $"{what}: {failure.Code}: {failure.Message.TrimEnd('.')}.";
        return failure.Failure switch
        {
            ProvisioningFailure.Authentication => new CredentialsException($"{text} Renew the credentials, or allow their user what the message names; a region that is not to be asked is left out of Runhouse:Aws:Regions.", cause),
            ProvisioningFailure.Throttled => new HostUnreachableException($"{text} Try again later; the machines are as they were, or on their way to be gone.", cause),
            _ => new HostUnreachableException($"{text} Correct what the message names, and try again.", cause),
        };
    }

    private static MakeFailure OfCode(string code, AmazonServiceException service)
    {
        string message = service.Message;
        int encoded = message.IndexOf(EncodedPart, StringComparison.Ordinal);
        if (encoded >= 0)
            message = message[..encoded].TrimEnd();
        return new MakeFailure(ClassOf(code, message, (int)service.StatusCode), code, message + Hint(code, message), RetryAfter(service));
    }

    // Where EC2 says the least, of mistakes that are made the most.
    private static string Hint(string code, string message)
        => code == "RequestExpired" ? "; is this machine's clock right?"
            : code == "AuthFailure" && message.Contains("not able to validate", StringComparison.Ordinal) ? "; a region that is not enabled for the account says so too"
            : "";

    private static ProvisioningFailure ClassOf(string code, string message, int status)
    {
        // EC2 says so of a whole region and of a single zone with the same code.
        if (code == "Unsupported" && message.Contains("Availability Zone", StringComparison.OrdinalIgnoreCase))
            return ProvisioningFailure.Capacity;
        if (code == "InvalidParameterValue" && message.Contains("instance type", StringComparison.OrdinalIgnoreCase))
            return ProvisioningFailure.Unsupported;
        return Known(code) ?? (status >= 500 ? ProvisioningFailure.Throttled : ProvisioningFailure.Configuration);
    }

    private static ProvisioningFailure? Known(string code)
    {
        if (Codes.TryGetValue(code, out ProvisioningFailure known))
            return known;
        if (code.StartsWith("AuthFailure", StringComparison.Ordinal))
            return ProvisioningFailure.Authentication;
        if (code.StartsWith("Insufficient", StringComparison.Ordinal))
            return ProvisioningFailure.Capacity;
        return code.EndsWith("LimitExceeded", StringComparison.Ordinal) ? ProvisioningFailure.Quota : null;
    }

    // The SDK says that there are no credentials, or that it has not got them from where they are, by exceptions without a code.
    private static bool IsAboutCredentials(Exception exception)
        => exception is AmazonClientException && exception.ToString().Contains("credential", StringComparison.OrdinalIgnoreCase);

    private static TimeSpan? RetryAfter(AmazonServiceException service)
        => service.InnerException is Amazon.Runtime.Internal.HttpErrorResponseException { Response: { } response }
            && response.GetHeaderValue("Retry-After") is { Length: > 0 } text
            && int.TryParse(text, out int seconds)
                ? TimeSpan.FromSeconds(seconds)
                : null;
}
