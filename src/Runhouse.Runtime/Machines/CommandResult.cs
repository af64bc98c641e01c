namespace Runhouse.Runtime.Machines;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null when a signal ended it.</param>
/// <param name="Signal">The signal's name without <c>SIG</c> (<c>KILL</c>); null when none ended it.</param>
public sealed record CommandResult(int? ExitCode, string? Signal)
{
    /// <summary>Whether it ended well.</summary>
    public bool IsSuccess => ExitCode == 0;

    /// <inheritdoc/>
    public override string ToString() => Signal is null ? $"exit code {ExitCode}" : $"signal {Signal}";
}
