using System.Reflection;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Contracts;

/// <summary>What code that was compiled for a worker can call in it: each public type and member of the ABI of generated code as a line.</summary>
internal static class AbiSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Own = [typeof(WireReader).Assembly, typeof(RemoteContext).Assembly];

    /// <summary>The lines, in ordinal order.</summary>
    public static IReadOnlyList<string> Read()
    {
        var types = new HashSet<Type>();
        var open = new Queue<Type>(Own.SelectMany(static assembly => assembly.GetExportedTypes())
            .Where(static type => type.Assembly == typeof(RemoteContext).Assembly || type.Namespace == typeof(WireReader).Namespace));
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        while (open.TryDequeue(out Type? type))
        {
            if (!types.Add(type))
                continue;
            string name = type.ToString();
            lines.Add($"{name} : {KindOf(type)} {string.Join(", ", Bases(type))}".TrimEnd());
            foreach ((string line, Type[] named) in type.GetMembers(Declared).Select(Line).OfType<(string, Type[])>())
            {
                lines.Add($"{name}.{line}");
                foreach (Type one in named.SelectMany(Parts).Where(static one => Own.Contains(one.Assembly)))
                    open.Enqueue(one);
            }
        }

        return [.. lines];
    }

    // Without what the framework's own types bring along, which is another with each of its versions.
    private static IEnumerable<string> Bases(Type type) => type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? [])
        .Append(type.BaseType)
        .OfType<Type>()
        .Select(static one => one.ToString())
        .Order(StringComparer.Ordinal);

    private static string KindOf(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsEnum: true } => "enum",
        { IsByRefLike: true } => "ref struct",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static (string Line, Type[] Named)? Line(MemberInfo member) => member switch
    {
        MethodBase method when IsSeen(method) => (Method(method), [.. method.GetParameters().Select(static one => one.ParameterType), method is MethodInfo one ? one.ReturnType : typeof(void)]),
        FieldInfo field when field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly
            => ($"{field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")} : {field.FieldType}", [field.FieldType]),
        _ => null,
    };

    // Accessors of properties and events are methods like others.
    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Method(MethodBase method)
    {
        string kind = method switch { { IsStatic: true } => " static", { IsAbstract: true } => " abstract", { IsVirtual: true, IsFinal: false } => " virtual", _ => "" };
        string generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(static one => one.Name))}>" : "";
        string result = method is MethodInfo { ReturnType: { } type } ? $" : {type}" : "";
        return $"{method.Name}{generic}({string.Join(", ", method.GetParameters().Select(static one => one.ParameterType.ToString()))}){kind}{result}";
    }

    private static IEnumerable<Type> Parts(Type type) => type switch
    {
        { HasElementType: true } => Parts(type.GetElementType()!),
        { IsGenericParameter: true } => type.GetGenericParameterConstraints().SelectMany(Parts),
        { IsConstructedGenericType: true } => type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()),
        _ => [type],
    };
}
