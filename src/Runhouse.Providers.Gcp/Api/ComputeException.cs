using System.Text.Json;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>The API has refused a request, or an operation has failed.</summary>
/// <param name="status">The status of HTTP; 0 where nothing was asked.</param>
/// <param name="code">The API's code: <c>quotaExceeded</c>, <c>ZONE_RESOURCE_POOL_EXHAUSTED</c>.</param>
/// <param name="message">What the API says.</param>
/// <param name="retryAfter">After how long it wants to be asked again; null when it has not said.</param>
/// <param name="cause">What led to it.</param>
internal sealed class ComputeException(int status, string code, string message, TimeSpan? retryAfter = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The status of HTTP; 0 where nothing was asked.</summary>
    public int Status { get; } = status;

    /// <summary>The API's code.</summary>
    public string Code { get; } = code;

    /// <summary>After how long the API wants to be asked again; null when it has not said.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether there is no such thing.</summary>
    public bool IsNotFound => Status == 404;

    /// <summary>Whether there is one of that name already.</summary>
    public bool IsAlreadyThere => Code is "alreadyExists" or "ALREADY_EXISTS" or "RESOURCE_ALREADY_EXISTS";

    /// <summary>The refusal of a request.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="body">Its body.</param>
    /// <param name="now">The time.</param>
    public static ComputeException Of(HttpResponseMessage response, byte[] body, DateTimeOffset now)
    {
        int status = (int)response.StatusCode;
        ApiError? error = ErrorOf(body);
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > now => date - now,
            _ => null,
        };

        // The details are of the newer API, and say more: IAM_PERMISSION_DENIED is "forbidden" in the older words.
        string? code = Reason(error?.Details) ?? Reason(error?.Errors) ?? error?.Status;
        return new ComputeException(status, code ?? $"HTTP{status}", error?.Message ?? $"the answer was {status} {response.ReasonPhrase}", wait);
    }

    /// <summary>The failure of an operation.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="error">Its error.</param>
    public static ComputeException Of(Operation operation, OperationError error)
    {
        OperationFault? fault = error.Errors?.FirstOrDefault();
        return new ComputeException(operation.HttpErrorStatusCode ?? 400, fault?.Code ?? "OPERATION_FAILED", fault?.Message ?? "the operation has failed");
    }

    private static string? Reason(List<ApiErrorReason>? reasons) => reasons?.Select(static one => one.Reason).FirstOrDefault(static reason => reason is { Length: > 0 });

    // What stands between us and the API may answer in words of its own.
    private static ApiError? ErrorOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ComputeJson.Default.ApiErrorAnswer)?.Error;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
