namespace Runhouse.Providers.Gcp.Api;

/// <summary>The answer to a request that was refused.</summary>
internal sealed record ApiErrorAnswer(ApiError? Error);

/// <summary>Why it was refused.</summary>
internal sealed record ApiError(int Code, string? Message, string? Status, List<ApiErrorReason>? Errors, List<ApiErrorReason>? Details);

/// <summary>A reason: <c>quotaExceeded</c>, <c>IAM_PERMISSION_DENIED</c>.</summary>
internal sealed record ApiErrorReason(string? Reason);
