namespace Runhouse.Providers.Ec2;

/// <summary>An error that the server answers.</summary>
/// <param name="code">EC2's code.</param>
/// <param name="message">What it says.</param>
/// <param name="status">The status of HTTP.</param>
public sealed class Ec2Exception(string code, string message, int status = 400) : Exception(message)
{
    /// <summary>EC2's code.</summary>
    public string Code { get; } = code;

    /// <summary>The status of HTTP.</summary>
    public int Status { get; } = status;

    /// <summary>After how many seconds the server wants to be asked again.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A zone has no such machine.</summary>
    public static Ec2Exception NoCapacity(string zone, string type) => new(
        "InsufficientInstanceCapacity",
        $"We currently do not have sufficient {type} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity.",
        500);
}
