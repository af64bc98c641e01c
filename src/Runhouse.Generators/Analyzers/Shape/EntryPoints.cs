using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Analyzers.Shape;

/// <summary>Entry points that callers cannot write as they expect: hidden by a member of the type, or not emitted for the language version.</summary>
internal static class EntryPoints
{
    private static readonly string Generated = typeof(RemoteGenerator).FullName;

    /// <summary>Reports them.</summary>
    /// <param name="type">The type with remote code.</param>
    /// <param name="isClass">Whether it is a remote class.</param>
    /// <param name="hasFunctions">Whether it has remote functions.</param>
    /// <param name="sink">Where problems go.</param>
    public static void Report(INamedTypeSymbol type, bool isClass, bool hasFunctions, ProblemSink sink)
    {
        ContainingTypeModel names = ContainingTypeParser.Parse(type);
        string entry = names.Entry;
        foreach (string name in (string[])[names.Placement, entry, .. isClass ? (string[])[names.Proxy] : [], names.Extensions])
            Taken(type, name, sink);
        if (type.Locations[0].SourceTree?.Options is CSharpParseOptions { LanguageVersion: < LanguageVersion.CSharp14 })
        {
            // Plain calls of remote functions work in older versions: only what is said before a call is missing.
            if (isClass)
                sink.Add(ShapeRules.LanguageVersion, type.Locations[0], type.Name, $"'{type.Name}.RemoteAsync'", $"'{entry}.RemoteAsync'");
            return;
        }

        if (isClass || hasFunctions)
            Hidden(type, "Remote", entry, sink);
        if (isClass)
            Hidden(type, "RemoteAsync", entry, sink);
    }

    // The generated types are part of the compilation by now: what counts is one of the same name that is written by hand, whatever its kind.
    private static void Taken(INamedTypeSymbol type, string name, ProblemSink sink)
    {
        foreach (INamedTypeSymbol other in type.ContainingNamespace.GetTypeMembers(name, 0))
        {
            if (other.Locations.FirstOrDefault(static one => one.IsInSource && !one.SourceTree.FilePath.Contains(Generated)) is { } place)
                sink.Add(ShapeRules.NameTaken, place, other.Name, $"a type that is generated for '{type.Name}'");
        }
    }

    private static void Hidden(INamedTypeSymbol type, string name, string entry, ProblemSink sink)
    {
        for (INamedTypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            if (at.GetMembers(name).FirstOrDefault() is not { } member)
                continue;
            Location? place = member.Locations.FirstOrDefault(static one => one.IsInSource) ?? type.Locations[0];
            sink.Add(ShapeRules.HiddenEntryPoint, place, at.Name + "." + name, $"'{type.Name}.{name}'", $"'{entry}.{name}'");
            return;
        }
    }
}
