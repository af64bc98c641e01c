using System.Text;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Contracts;

/// <summary>Remote members as people write and read them.</summary>
public static class MemberNames
{
    private const string Constructor = ".ctor";

    /// <summary>The name with which it is called, without its type: that of the proxy for properties, <c>GetBalanceAsync</c>.</summary>
    /// <param name="member">The member.</param>
    public static string Of(RemoteMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        int verb = member.Name.IndexOf(' ', StringComparison.Ordinal);
        string name = member.Name[(verb + 1)..];
        return member.Name.AsSpan(0, Math.Max(verb, 0)) switch
        {
            "get" => $"Get{name}Async",
            "set" => $"Set{name}Async",
            "fetch" => "FetchAsync",
            _ => name,
        };
    }

    /// <summary>The full name, <c>App.Jobs.PreprocessAsync</c>; of a constructor, that of its type.</summary>
    /// <param name="member">The member.</param>
    public static string Full(RemoteMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        string type = member.TypeName.Replace('+', '.');
        return member.Name == Constructor ? type : $"{type}.{Of(member)}";
    }

    /// <summary>The name with its type but without namespaces, <c>Jobs.PreprocessAsync</c>.</summary>
    /// <param name="member">The member.</param>
    public static string Short(RemoteMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        string type = member.TypeName[(LastDot(member.TypeName) + 1)..].Replace('+', '.');
        return member.Name == Constructor ? type : $"{type}.{Of(member)}";
    }

    /// <summary>What it takes and what it gives, <c>Jobs.PreprocessAsync(string dataset, int epochs = 1) -> Stats</c>; types are without their namespaces.</summary>
    /// <param name="member">The member.</param>
    public static string Describe(RemoteMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        string parameters = string.Join(", ", member.Parameters.Select(static one => (one with { TypeName = ShortType(one.TypeName) }).ToString()));
        string result = member.ResultType.Length == 0 ? "" : $" -> {(member.IsStream ? "stream of " : "")}{ShortType(member.ResultType)}";
        return $"{(member.Name == Constructor ? "new " : "")}{Short(member)}({parameters}){result}";
    }

    /// <summary>A type without namespaces, <c>List&lt;Order&gt;</c> for <c>System.Collections.Generic.List&lt;App.Order&gt;</c>.</summary>
    /// <param name="typeName">The type as C# text.</param>
    public static string ShortType(string typeName)
    {
        ArgumentNullException.ThrowIfNull(typeName);
        var text = new StringBuilder();
        int begin = 0;
        for (int i = 0; i < typeName.Length; i++)
        {
            if (char.IsLetterOrDigit(typeName[i]) || typeName[i] is '_' or '@')
                continue;
            if (typeName[i] != '.')
                text.Append(typeName, begin, i + 1 - begin);
            begin = i + 1;
        }

        return text.Append(typeName, begin, typeName.Length - begin).ToString();
    }

    // Of a closed generic type's name, that before its arguments.
    private static int LastDot(string typeName)
    {
        int arguments = typeName.IndexOfAny(['<', '[']);
        return typeName.LastIndexOf('.', arguments < 0 ? typeName.Length - 1 : arguments);
    }
}
