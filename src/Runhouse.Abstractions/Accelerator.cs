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

    /// <summary>
    /// Whether a device is one of these. A driver's name has more words than people write: <c>A100</c>, <c>A100-80GB</c> and <c>RTX4090</c> are
    /// <c>NVIDIA A100-SXM4-80GB</c> and <c>NVIDIA GeForce RTX 4090</c> with words left out.
    /// </summary>
    /// <param name="model">The device's model as its driver names it.</param>
    public bool Names(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string letters = string.Concat(Name.Where(char.IsLetterOrDigit));
        return letters.Length > 0 && Spells(model.Split([' ', '-', '_', '/'], StringSplitOptions.RemoveEmptyEntries), letters);

        static bool Spells(ReadOnlySpan<string> words, ReadOnlySpan<char> rest)
        {
            if (rest.IsEmpty)
                return true;
            for (int i = 0; i < words.Length; i++)
            {
                if (rest.StartsWith(words[i], StringComparison.OrdinalIgnoreCase) && Spells(words[(i + 1)..], rest[words[i].Length..]))
                    return true;
            }

            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Count == 1 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{Count}");
}
