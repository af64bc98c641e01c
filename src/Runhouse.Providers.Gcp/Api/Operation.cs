namespace Runhouse.Providers.Gcp.Api;

/// <summary>What a request has begun. It may fail although the request was accepted.</summary>
internal sealed record Operation
{
    public string? Name { get; init; }

    public string? SelfLink { get; init; }

    public string? Status { get; init; }

    public OperationError? Error { get; init; }

    public int? HttpErrorStatusCode { get; init; }
}

/// <summary>Why an operation has failed.</summary>
internal sealed record OperationError(List<OperationFault>? Errors);

/// <summary>One of the reasons.</summary>
internal sealed record OperationFault(string? Code, string? Message);
