using System.Globalization;

namespace Runhouse.Host.Hosting;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">Its exit code; null when a signal ended it.</param>
/// <param name="Signal">The signal that ended it, if one did.</param>
internal readonly record struct ProcessExit(int? ExitCode, int? Signal)
{
    private const int SignalBase = 128;
    private const int LastSignal = 64;

    /// <summary>Takes .NET's exit code apart: 128 + n stands for signal n on Unix.</summary>
    public static ProcessExit FromProcess(int exitCode) => !OperatingSystem.IsWindows() && exitCode is > SignalBase and <= SignalBase + LastSignal
        ? new ProcessExit(null, exitCode - SignalBase)
        : new ProcessExit(exitCode, null);

    public override string ToString() => Signal switch
    {
        null => string.Create(CultureInfo.InvariantCulture, $"exit code {ExitCode}"),
        6 => "signal 6 (SIGABRT)",
        9 => "signal 9 (SIGKILL)",
        11 => "signal 11 (SIGSEGV)",
        15 => "signal 15 (SIGTERM)",
        { } signal => string.Create(CultureInfo.InvariantCulture, $"signal {signal}"),
    };
}
