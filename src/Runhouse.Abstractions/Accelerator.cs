using System.Globalization;

namespace Runhouse;

/// <summary>An accelerator by name, and how many of it: <c>A100:2</c>.</summary>
/// <param name="Name">The name, compared without regard to case.</param>
/// <param name="Count">How many, at least 1.</param>
public readonly record struct Accelerator(string Name, int Count)
{
    /// <summary>Reads <c>A100</c> or <c>A100:2</c>.</summary>
    /// <param name="text">The text to read.</param>
    /// <exception cref="FormatException">The name is blank or the count is not a positive number.</exception>
    public static Accelerator Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ResourceGrammar.TryAccelerator(text, out string name, out int count) ? new Accelerator(name, count) : throw new FormatException(ResourceGrammar.NoAccelerator(text));
    }

    /// <summary>Whether this many of this accelerator are enough for <paramref name="need"/>.</summary>
    /// <param name="need">What is asked for.</param>
    public bool Satisfies(Accelerator need) => string.Equals(Name, need.Name, StringComparison.OrdinalIgnoreCase) && Count >= need.Count;

    /// <inheritdoc/>
    public override string ToString() => Count == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{Count}");
}
