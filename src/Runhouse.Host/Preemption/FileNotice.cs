using System.Globalization;

namespace Runhouse.Host.Preemption;

/// <summary>
/// A file that whoever looks after this place writes when it is taken away: the time of its end, in seconds since 1970, and behind it the word <c>over</c> where its time there is.
/// </summary>
/// <param name="file">The file.</param>
internal sealed class FileNotice(string file) : IPreemptionNotice
{
    private const string Over = "over";

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public Task<EndNotice?> LookAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            return Task.FromResult<EndNotice?>(null);
        string text = File.ReadAllText(file).Trim();
        return text.Split(' ') is [var time, .. [] or [Over]] words && uint.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out uint seconds)
            ? Task.FromResult<EndNotice?>(new EndNotice(DateTimeOffset.FromUnixTimeSeconds(seconds), words.Length > 1))
            : throw new IOException($"{file} has \"{text}\", where the time of the end belongs");
    }
}
