using Microsoft.CodeAnalysis;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Classifies the types that signatures treat specially.</summary>
internal static class KnownTypes
{
    /// <summary>Whether a type is one of the framework's, by namespace and metadata name.</summary>
    public static bool Is(this ITypeSymbol? type, string space, string metadataName)
        => type is INamedTypeSymbol { ContainingType: null } named
            && named.MetadataName == metadataName
            && IsNamed(named.ContainingNamespace, space);

    /// <summary>The name of a method on the proxy or the entry point, as code: a synchronous one gets the asynchronous form.</summary>
    /// <param name="method">The method.</param>
    /// <param name="returns">What it returns.</param>
    public static string RemoteName(IMethodSymbol method, ReturnKind returns)
        => returns.IsSynchronous() && !method.Name.EndsWith("Async", StringComparison.Ordinal) ? method.Name + "Async" : MemberParser.Escape(method.Name);

    public static bool IsToken(this ITypeSymbol type) => type.Is("System.Threading", "CancellationToken");

    public static bool IsStream(this ITypeSymbol type) => type.Is("System.Collections.Generic", "IAsyncEnumerable`1");

    public static bool IsProgress(this ITypeSymbol type) => type.Is("System", "IProgress`1");

    /// <summary>Classifies a return type.</summary>
    /// <param name="type">The return type.</param>
    /// <param name="value">What travels back: the result or the stream's items; null for none.</param>
    public static ReturnKind Classify(ITypeSymbol type, out ITypeSymbol? value)
    {
        value = null;
        if (type.SpecialType == SpecialType.System_Void)
            return ReturnKind.Void;
        if (type.Is("System.Threading.Tasks", "Task"))
            return ReturnKind.Task;
        if (type.Is("System.Threading.Tasks", "ValueTask"))
            return ReturnKind.ValueTask;
        ReturnKind kind = type.Is("System.Threading.Tasks", "Task`1") ? ReturnKind.TaskOfValue
            : type.Is("System.Threading.Tasks", "ValueTask`1") ? ReturnKind.ValueTaskOfValue
            : type.IsStream() ? ReturnKind.Stream
            : ReturnKind.Value;
        value = kind == ReturnKind.Value ? type : ((INamedTypeSymbol)type).TypeArguments[0];
        return kind;
    }

    /// <summary>Whether emitted code of this assembly can name the symbol.</summary>
    public static bool IsAccessible(this ISymbol symbol, Compilation compilation) => compilation.IsSymbolAccessibleWithin(symbol, compilation.Assembly);

    /// <summary>Whether the symbol and everything around it are public.</summary>
    public static bool IsPublic(this ISymbol symbol)
    {
        for (ISymbol? current = symbol; current is not null and not INamespaceSymbol; current = current.ContainingSymbol)
        {
            if (current.DeclaredAccessibility != Accessibility.Public)
                return false;
        }

        return symbol is not INamedTypeSymbol { IsGenericType: true } generic || generic.TypeArguments.All(a => a is not INamedTypeSymbol || a.IsPublic());
    }

    /// <summary>The attribute of a symbol, or null.</summary>
    public static AttributeData? Attribute(this ISymbol symbol, string metadataName)
    {
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is not { ContainingType: null, IsGenericType: false } type || !metadataName.EndsWith(type.Name, StringComparison.Ordinal))
                continue;
            int dot = metadataName.Length - type.Name.Length - 1;
            if (dot > 0 && metadataName[dot] == '.' && IsNamed(type.ContainingNamespace, metadataName.Substring(0, dot)))
                return attribute;
        }

        return null;
    }

    // What ToDisplayString would say, without making the text: this is asked of every symbol.
    private static bool IsNamed(INamespaceSymbol? space, string name)
    {
        int end = name.Length;
        for (; space is { IsGlobalNamespace: false }; space = space.ContainingNamespace)
        {
            int begin = end - space.Name.Length;
            if (begin < 0 || string.CompareOrdinal(name, begin, space.Name, 0, space.Name.Length) != 0 || (begin > 0 && name[begin - 1] != '.'))
                return false;
            end = begin - 1;
        }

        return end <= 0;
    }
}
