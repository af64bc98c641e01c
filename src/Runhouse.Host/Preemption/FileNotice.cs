using System.Globalization;

namespace Runhouse.Host.Preemption;

/// <summary>A file that whoever looks after this place writes when it is taken away: the time of its end, in seconds since 1970. A pod has half a minute from then.</summary>
/// <param name="file">The file.</param>
internal sealed class FileNotice(string file) : IPreemptionNotice
{
    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public Task<DateTimeOffset?> LookAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            return Task.FromResult<DateTimeOffset?>(null);
        string text = File.ReadAllText(file).Trim();
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            ? Task.FromResult<DateTimeOffset?>(DateTimeOffset.FromUnixTimeSeconds(seconds))
            : throw new IOException($"{file} has \"{text}\", where the time of the end belongs");
    }
}
