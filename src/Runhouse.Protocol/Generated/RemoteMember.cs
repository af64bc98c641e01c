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
    private const int FirstParameter = 8;

    /// <summary>
    /// Its name as declared, <c>PreprocessAsync</c>; <c>.ctor</c> for constructors; <c>get Balance</c> and <c>set Balance</c> for the halves of a property,
    /// <c>fetch Fetch</c> for what brings a copy of the whole object. Empty in contracts that say nothing of it.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>The parameters that callers give arguments, in order.</summary>
    public IReadOnlyList<RemoteParameter> Parameters { get; init; } = [];

    /// <summary>The type of its result, or of the items of its stream, as C# text with full names; empty for none.</summary>
    public string ResultType { get; init; } = "";

    /// <summary>What it needs of a host, <c>gpu=A100 or H100, cpus=8+</c>; empty for nothing. A class says it at its constructors.</summary>
    public string Needs { get; init; } = "";

    /// <summary>Whether its result is a stream.</summary>
    public bool IsStream { get; init; }

    /// <summary>Whether the member is synchronous and so may block: it runs on a thread of its own.</summary>
    public bool IsBlocking { get; init; }

    /// <summary>Whether a second run of a call does no harm.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>How many calls run at the same time, per object or per function; 0 for no limit.</summary>
    public int Concurrency { get; init; }

    /// <summary>
    /// Reads the members of a contract, one line each. Its fields, with <c>|</c> between them: id, schema hash, kind (<c>F</c>, <c>C</c> or <c>M</c>, with a <c>b</c> when
    /// it is blocking, an <c>s</c> when its result is a stream and an <c>i</c> when it is idempotent), concurrency, type, name, type of the result, needs, and a field for each parameter:
    /// <c>name:type</c>, with <c>*</c> before it for a stream, <c>!</c> for a receiver of progress, and its default as <c>=json</c> behind it. A thousand
    /// objects in a row would cost the compiler a second.
    /// </summary>
    /// <param name="table">The lines.</param>
    /// <exception cref="FormatException">The lines are not what the generator writes.</exception>
    public static IReadOnlyList<RemoteMember> Read(string table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var members = new List<RemoteMember>();
        foreach (string line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('|');
            if (fields.Length < FirstParameter)
                throw new FormatException($"'{line}' describes no remote member. Rebuild the assembly, so that its contract is generated anew.");
            RemoteMemberKind kind = fields[2][0] switch
            {
                'F' => RemoteMemberKind.Function,
                'C' => RemoteMemberKind.Constructor,
                _ => RemoteMemberKind.Member,
            };
            RemoteParameter[] parameters = [.. fields.Skip(FirstParameter).Select(ReadParameter)];
            members.Add(new RemoteMember(Hexadecimal(fields[0]), fields[4], SignatureOf(fields[4], fields[5], parameters), Hexadecimal(fields[1]), kind)
            {
                Name = fields[5],
                Parameters = parameters,
                ResultType = fields[6],
                Needs = fields[7],
                IsStream = fields[2].Contains('s', StringComparison.Ordinal),
                IsBlocking = fields[2].Contains('b', StringComparison.Ordinal),
                IsIdempotent = fields[2].Contains('i', StringComparison.Ordinal),
                Concurrency = int.Parse(fields[3], CultureInfo.InvariantCulture),
            });
        }

        return members;

        static ulong Hexadecimal(string text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>What <see cref="Needs"/> says.</summary>
    /// <exception cref="FormatException">It is not what the generator writes.</exception>
    public Resources ReadNeeds()
    {
        if (Needs.Length == 0)
            return Resources.None;
        Dictionary<string, string> parts = Needs.Split(", ").Select(static part => part.Split('=', 2)).ToDictionary(static part => part[0], static part => part[^1]);
        return Resources.Parse(parts.GetValueOrDefault("gpu")?.Replace(" or ", "|", StringComparison.Ordinal), parts.GetValueOrDefault("cpus"), parts.GetValueOrDefault("memory"));
    }

    /// <summary>The line from which <see cref="Read"/> makes this member.</summary>
    public string ToLine() => string.Join(
        '|',
        [
            Id.ToString("x16", CultureInfo.InvariantCulture),
            SchemaHash.ToString("x16", CultureInfo.InvariantCulture),
            (Kind switch { RemoteMemberKind.Function => "F", RemoteMemberKind.Constructor => "C", _ => "M" }) + (IsBlocking ? "b" : "") + (IsStream ? "s" : "") + (IsIdempotent ? "i" : ""),
            Concurrency.ToString(CultureInfo.InvariantCulture),
            TypeName,
            Name,
            ResultType,
            Needs,
            .. Parameters.Select(static one => (one.Kind switch { RemoteParameterKind.Stream => "*", RemoteParameterKind.Progress => "!", _ => "" })
                + one.Name + ":" + one.TypeName + (one.DefaultJson is null ? "" : "=" + one.DefaultJson)),
        ]);

    private static RemoteParameter ReadParameter(string field)
    {
        int colon = field.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1)
            throw new FormatException($"'{field}' describes no parameter. Rebuild the assembly, so that its contract is generated anew.");
        RemoteParameterKind kind = field[0] switch
        {
            '*' => RemoteParameterKind.Stream,
            '!' => RemoteParameterKind.Progress,
            _ => RemoteParameterKind.Value,
        };
        int equals = field.IndexOf('=', colon);
        return new RemoteParameter(
            field[(kind == RemoteParameterKind.Value ? 0 : 1)..colon],
            equals < 0 ? field[(colon + 1)..] : field[(colon + 1)..equals],
            kind,
            equals < 0 ? null : field[(equals + 1)..]);
    }

    // "get App.Account.Balance()": what stands for a property says so before the type.
    private static string SignatureOf(string typeName, string name, RemoteParameter[] parameters)
    {
        int verb = name.IndexOf(' ', StringComparison.Ordinal) + 1;
        string types = string.Join(", ", parameters.Select(static one => one.TypeName.Replace("?", "", StringComparison.Ordinal)));
        return $"{name[..verb]}{typeName}.{name[verb..]}({types})";
    }
}
