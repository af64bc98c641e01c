namespace Runhouse;

/// <summary>The local provider: section <c>Runhouse:Local</c>.</summary>
public sealed class LocalOptions
{
    /// <summary>How long the host on this machine lives without a worker in use.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether an accelerator, cores or memory that code needs and this machine lacks are an error; they are a warning otherwise.</summary>
    public bool Strict { get; set; }
}
