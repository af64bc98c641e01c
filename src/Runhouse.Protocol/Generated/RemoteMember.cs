using System.Globalization;

namespace Runhouse.Protocol.Generated;

/// <summary>A remote member as the contract lists it.</summary>
/// <param name="Id">The stable id: a 64-bit hash of the signature. Never below 256: those are the protocol's own.</param>
/// <param name="TypeName">The full name of the declaring type.</param>
/// <param name="Signature">The signature for messages and for the comparison of contracts.</param>
/// <param name="SchemaHash">The hash of the shapes reachable from the signature.</param>
/// <param name="Kind">What it is.</param>
public sealed record RemoteMember(ulong Id, string TypeName, string Signature, ulong SchemaHash, RemoteMemberKind Kind)
{
    private const int Fields = 6;

    /// <summary>Whether the member is synchronous and so may block: it runs on a thread of its own.</summary>
    public bool IsBlocking { get; init; }

    /// <summary>How many calls run at the same time, per object or per function; 0 for no limit.</summary>
    public int Concurrency { get; init; }

    /// <summary>
    /// Reads the members of a contract: one line each, with id, schema hash, kind (<c>F</c>, <c>C</c> or <c>M</c>, with a <c>b</c> when it is blocking),
    /// concurrency, type and signature. A thousand objects in a row would cost the compiler a second.
    /// </summary>
    /// <param name="table">The lines.</param>
    /// <exception cref="FormatException">The lines are not what the generator writes.</exception>
    public static IReadOnlyList<RemoteMember> Read(string table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var members = new List<RemoteMember>();
        foreach (string line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('|', Fields);
            if (fields.Length < Fields)
                throw new FormatException($"'{line}' describes no remote member. Rebuild the assembly, so that its contract is generated anew.");
            RemoteMemberKind kind = fields[2][0] switch
            {
                'F' => RemoteMemberKind.Function,
                'C' => RemoteMemberKind.Constructor,
                _ => RemoteMemberKind.Member,
            };
            members.Add(new RemoteMember(Hexadecimal(fields[0]), fields[4], fields[5], Hexadecimal(fields[1]), kind)
            {
                IsBlocking = fields[2].Length > 1,
                Concurrency = int.Parse(fields[3], CultureInfo.InvariantCulture),
            });
        }

        return members;

        static ulong Hexadecimal(string text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
