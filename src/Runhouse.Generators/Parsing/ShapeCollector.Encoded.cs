using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;

namespace Runhouse.Generators.Parsing;

/// <content>Types that the application's own MessagePack writes.</content>
internal sealed partial class ShapeCollector
{
    private const string StandardOptions = "global::MessagePack.MessagePackSerializerOptions.Standard.WithSecurity(global::MessagePack.MessagePackSecurity.UntrustedData)";

    private string? _declaredOptions;
    private HashSet<string>? _declaredTypes;

    /// <summary>
    /// The options with which the application's MessagePack writes a type, as C# text; null when the type is not its business. It is for types with
    /// <c>[MessagePackObject]</c> or <c>[MessagePackFormatter]</c>, and for those that the assembly lists in a <c>[RemoteMessagePack]</c>.
    /// </summary>
    private string? EncodedOptions(INamedTypeSymbol type)
    {
        if (_declaredTypes is null)
            ReadDeclaration();
        bool isMarked = type.GetAttributes().Any(static attribute => attribute.AttributeClass?.ToDisplayString(TypeNames.Stable)
            is "MessagePack.MessagePackObjectAttribute" or "MessagePack.MessagePackFormatterAttribute" or "MessagePack.UnionAttribute");
        return isMarked || _declaredTypes!.Contains(type.ToDisplayString(TypeNames.Stable)) ? _declaredOptions ?? StandardOptions : null;
    }

    private void ReadDeclaration()
    {
        _declaredTypes = new HashSet<string>(StringComparer.Ordinal);
        foreach (AttributeData attribute in Compilation.Assembly.GetAttributes())
        {
            if (attribute.AttributeClass?.ToDisplayString(TypeNames.Stable) != RuntimeNames.RemoteMessagePackAttribute)
                continue;
            var arguments = attribute.ConstructorArguments;
            if (arguments.Length != 3 || arguments[0].Value is not INamedTypeSymbol holder || arguments[1].Value is not string member)
                continue;
            _declaredOptions = holder.ToDisplayString(TypeNames.Unannotated) + "." + member;
            foreach (TypedConstant type in arguments[2].Values)
            {
                if (type.Value is INamedTypeSymbol declared)
                    _declaredTypes.Add(declared.ToDisplayString(TypeNames.Stable));
            }
        }
    }
}
