using Runhouse.Generators.Diagnostics;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Pipeline;

/// <summary>Joins the remote classes and the remote functions of each type, and gives each type a name of its own in the output.</summary>
internal static class TypeGrouping
{
    /// <summary>Joins them, in ordinal order of the types' names: the order of files and declarations does not matter.</summary>
    /// <param name="classes">The remote classes.</param>
    /// <param name="functions">The remote functions.</param>
    public static EquatableArray<RemoteTypeModel> Join(IEnumerable<RemoteClassModel> classes, IEnumerable<ParsedFunction> functions)
    {
        var byType = new SortedDictionary<string, (ContainingTypeModel Type, RemoteClassModel? Class, List<RemoteMemberModel> Functions)>(StringComparer.Ordinal);
        foreach (RemoteClassModel model in classes)
        {
            if (!byType.ContainsKey(model.Type.TypeName))
                byType.Add(model.Type.TypeName, (model.Type, model, []));
        }

        foreach (ParsedFunction function in functions.OrderBy(f => f.Member.Signature, StringComparer.Ordinal))
        {
            if (!byType.TryGetValue(function.Type.TypeName, out var entry))
                byType.Add(function.Type.TypeName, entry = (function.Type, null, []));
            if (!entry.Functions.Any(f => f.ProxySignature == function.Member.ProxySignature))
                entry.Functions.Add(function.Member);
        }

        // Hint names are compared without regard to case.
        var clashes = new HashSet<string>(
            byType.Values.GroupBy(e => Flat(e.Type.TypeName), StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).SelectMany(g => g.Select(e => e.Type.TypeName)),
            StringComparer.Ordinal);
        return new(byType.Values.Select(e =>
        {
            string name = Flat(e.Type.TypeName) + (clashes.Contains(e.Type.TypeName) ? "_" + StableHash.Literal(StableHash.Of(e.Type.TypeName)).Substring(2, 16) : "");
            ContainingTypeModel type = e.Type with { UniqueName = name };
            return new RemoteTypeModel(type, e.Class is null ? null : e.Class with { Type = type }, new(e.Functions.Where(static one => !one.IsRefused)))
            {
                RefusedFunctions = new(e.Functions.Where(static one => one.IsRefused)),
            };
        }));
    }

    /// <summary>What only shows once all types are known: equal ids.</summary>
    /// <param name="types">The types.</param>
    public static EquatableArray<DiagnosticInfo> Clashes(EquatableArray<RemoteTypeModel> types)
    {
        var diagnostics = new List<DiagnosticInfo>();
        foreach (var group in types.SelectMany(t => t.Members).GroupBy(m => m.Id).Where(g => g.Count() > 1).OrderBy(g => g.Key))
        {
            RemoteMemberModel[] members = [.. group];
            diagnostics.Add(DiagnosticInfo.Create(ShapeRules.IdClash, null, members[0].Signature, members[1].Signature));
        }

        return new(diagnostics);
    }

    private static string Flat(string typeName)
    {
        char[] name = typeName.Replace("global::", "").ToCharArray();
        for (int i = 0; i < name.Length; i++)
        {
            if (!char.IsLetterOrDigit(name[i]) && name[i] is not '.' and not '_')
                name[i] = '_';
        }

        return new string(name);
    }
}
