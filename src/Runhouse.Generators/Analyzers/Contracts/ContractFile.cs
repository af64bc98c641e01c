using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Runhouse.Generators.Analyzers.Contracts;

/// <summary>What the contract file says, and what of it the code has been seen to keep.</summary>
internal sealed class ContractFile
{
    private readonly Dictionary<string, (ContractLine Line, Location Place)> _lines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);
    private readonly List<(string Text, Location Place)> _unreadable = [];

    private ContractFile()
    {
    }

    /// <summary>Lines that say nothing.</summary>
    public IReadOnlyList<(string Text, Location Place)> Unreadable => _unreadable;

    /// <summary>Lines that no code has asked for.</summary>
    public IEnumerable<(ContractLine Line, Location Place)> Unseen => _lines.Where(one => !_seen.ContainsKey(one.Key)).Select(static one => one.Value);

    /// <summary>Reads the file; null when it cannot be read.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Stops the compiler.</param>
    public static ContractFile? Read(AdditionalText file, CancellationToken cancellationToken)
    {
        if (file.GetText(cancellationToken) is not { } text)
            return null;
        var contract = new ContractFile();
        foreach (TextLine line in text.Lines)
        {
            string written = line.ToString().Trim();
            if (written.Length == 0 || written[0] == '#')
                continue;
            Location place = Location.Create(file.Path, line.Span, text.Lines.GetLinePositionSpan(line.Span));
            if (ContractLine.Read(written) is { } read)
                contract._lines[read.Key] = (read, place);
            else
                contract._unreadable.Add((written, place));
        }

        return contract;
    }

    /// <summary>What the file says of something; null when it says nothing. It counts as seen.</summary>
    /// <param name="key">What.</param>
    public (ContractLine Line, Location Place)? Find(string key)
    {
        if (!_lines.TryGetValue(key, out var found))
            return null;
        _seen.TryAdd(key, true);
        return found;
    }
}
