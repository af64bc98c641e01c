using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Contracts;

/// <summary>Finds the remote member that somebody means who writes names: of the member, and of the parameters that get arguments.</summary>
public static class MemberSearch
{
    private const string Asynchronous = "Async";
    private const int MostShown = 10;

    /// <summary>Finds a member. A part of its name is enough that no other has, and of overloads the arguments choose. Whole words go before parts of words.</summary>
    /// <param name="members">Those that there are.</param>
    /// <param name="name">The name: <c>Jobs.PreprocessAsync</c>, also with the namespace.</param>
    /// <param name="arguments">The names of the parameters that get arguments.</param>
    /// <exception cref="RemoteNotFoundException">There is none; the message names near ones.</exception>
    /// <exception cref="ArgumentException">There are several, or the arguments are not those of its parameters; the message has the signature.</exception>
    public static RemoteMember Find(IEnumerable<RemoteMember> members, string name, IReadOnlyCollection<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        RemoteMember[] callable = [.. members.Where(static one => one.Kind != RemoteMemberKind.Constructor && one.Name.Length > 0)];
        RemoteMember[] named = Named(callable, name);
        string[] full = [.. named.Select(MemberNames.Full).Distinct()];
        if (full.Length > 1)
            throw new ArgumentException($"'{name}' may be {Candidates(full)}. Write as much of the name as only one has.");
        RemoteMember[] fitting = [.. named.Where(one => Mismatch(one, arguments) is null)];
        if (fitting.Length == 0)
        {
            throw new ArgumentException(
                $"{Mismatch(named[0], arguments)} It is {string.Join(" or ", named.Select(MemberNames.Describe))}.");
        }

        // The one that uses what was given leaves the fewest to their defaults.
        int fewest = fitting.Min(static one => one.Parameters.Count);
        RemoteMember[] best = [.. fitting.Where(one => one.Parameters.Count == fewest)];
        return best.Length == 1 ? best[0] : throw new ArgumentException(
            $"'{name}' has overloads whose parameters have the same names, {string.Join(" and ", best.Select(MemberNames.Describe))}, and only code can tell them apart. Rename the parameters of one of them.");
    }

    private static string Candidates(string[] full)
    {
        string[] shown = [.. full.Order(StringComparer.Ordinal).Take(MostShown)];
        return string.Join(" or ", shown) + (full.Length > shown.Length ? $" or one of {full.Length - shown.Length} others" : "");
    }

    private static RemoteMember[] Named(RemoteMember[] members, string name)
    {
        foreach (StringComparison comparison in (ReadOnlySpan<StringComparison>)[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            foreach (string wanted in (ReadOnlySpan<string>)[name, name + Asynchronous, name.EndsWith(Asynchronous, StringComparison.Ordinal) ? name[..^Asynchronous.Length] : name])
            {
                RemoteMember[] found = [.. members.Where(one => IsMeant(MemberNames.Full(one), wanted, comparison))];
                if (found.Length > 0)
                    return found;
            }
        }

        // Not whole words of it, but a part that only one has; of several the caller is told which there are.
        RemoteMember[] having = name.Length > 0 ? [.. members.Where(one => MemberNames.Full(one).Contains(name, StringComparison.OrdinalIgnoreCase))] : [];
        if (having.Length > 0)
            return having;
        string[] near = NearNames.Of(name, members.Select(MemberNames.Short).Concat(members.Select(MemberNames.Full)).Concat(members.Select(MemberNames.Of)).Distinct());
        string all = string.Join(", ", members.Select(MemberNames.Short).Distinct().Order(StringComparer.Ordinal));
        throw new RemoteNotFoundException(
            $"There is no remote member '{name}'. " + (near.Length > 0 ? $"Did you mean {string.Join(" or ", near)}?" : all.Length > 0 ? $"There are {all}." : "There are none."));
    }

    private static bool IsMeant(string full, string wanted, StringComparison comparison)
        => full.EndsWith(wanted, comparison) && (full.Length == wanted.Length || full[full.Length - wanted.Length - 1] == '.');

    /// <summary>Why arguments are not those of a member; null when they are.</summary>
    private static string? Mismatch(RemoteMember member, IReadOnlyCollection<string> arguments)
    {
        string name = MemberNames.Short(member);
        string[] known = [.. member.Parameters.Select(static one => one.Name)];
        foreach (string argument in arguments)
        {
            if (!known.Contains(argument, StringComparer.OrdinalIgnoreCase))
            {
                string[] near = NearNames.Of(argument, known);
                return $"{name} has no parameter '{argument}'{(near.Length > 0 ? $": did you mean '{near[0]}'?" : ".")}";
            }
        }

        string[] missing = [.. member.Parameters
            .Where(one => one is { IsRequired: true, Kind: not RemoteParameterKind.Progress } && !arguments.Contains(one.Name, StringComparer.OrdinalIgnoreCase))
            .Select(static one => $"'{one.Name}'")];
        return missing.Length == 0 ? null : $"{name} needs an argument for {string.Join(" and ", missing)}.";
    }
}
