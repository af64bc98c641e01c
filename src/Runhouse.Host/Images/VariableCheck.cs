using Runhouse.Host.Hosting;

namespace Runhouse.Host.Images;

/// <summary>Refuses environment variables that no process can be given.</summary>
internal static class VariableCheck
{
    // The kernel's limit for one variable is 128 KiB with its name; a process is given a few megabytes at the most.
    private const int MaxBytes = 128 * 1024 - 1;

    /// <exception cref="HostRefusal">Names the variable, never its value.</exception>
    public static void Check(string? name, string? value)
    {
        if (name is not { Length: > 0 and <= 200 } || name.Any(static c => c == '=' || char.IsControl(c) || char.IsWhiteSpace(c)))
            throw HostRefusal.Invalid($"'{name?[..Math.Min(name.Length, 200)]}' cannot be an environment variable: a name has 1 to 200 characters, no '=' and no space.");
        if (value is null || value.Contains('\0', StringComparison.Ordinal))
            throw HostRefusal.Invalid($"The value of the environment variable {name} is missing or holds a zero character.");
        if (System.Text.Encoding.UTF8.GetByteCount(name) + System.Text.Encoding.UTF8.GetByteCount(value) >= MaxBytes)
            throw HostRefusal.Invalid($"The value of the environment variable {name} is longer than a process can be given (128 KiB). Deliver it as a file.");
    }
}
