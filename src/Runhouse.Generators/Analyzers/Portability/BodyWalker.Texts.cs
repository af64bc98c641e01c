using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Analyzers.Portability;

/// <content>Constant texts that are passed as paths, addresses and programs.</content>
internal sealed partial class BodyWalker
{
    private readonly Dictionary<ILocalSymbol, string> _localTexts = new(SymbolEqualityComparer.Default);

    /// <inheritdoc/>
    public override void VisitVariableDeclarator(IVariableDeclaratorOperation operation)
    {
        if ((operation.Initializer ?? (operation.Parent as IVariableDeclarationOperation)?.Initializer)?.Value is { } value)
        {
            if (operation.Symbol.Type.SpecialType == SpecialType.System_String && TextOf(value, out _) is { } text)
                _localTexts[operation.Symbol] = text;
            else if (IsThisProcess(value))
                _thisProcess.Add(operation.Symbol);
        }

        base.VisitVariableDeclarator(operation);
    }

    /// <inheritdoc/>
    public override void VisitSimpleAssignment(ISimpleAssignmentOperation operation)
    {
        if (operation.Target is IPropertyReferenceOperation { Property: { Type.SpecialType: SpecialType.System_String } property })
        {
            if (property.Name == "FileName" && SymbolEqualityComparer.Default.Equals(property.ContainingType, portability.Known.ProcessStartInfo))
                OnText(operation.Value, Meaning.Program);
            else if (MeaningOf(property.Name) is not Meaning.None and var meaning)
                OnText(operation.Value, meaning);
        }
        else if (operation.Target is ILocalReferenceOperation { Local: var local })
        {
            _localTexts.Remove(local);
        }

        base.VisitSimpleAssignment(operation);
    }

    private void OnArguments(IMethodSymbol method, ImmutableArray<IArgumentOperation> arguments)
    {
        if (arguments.IsEmpty || method.ContainingType is not { } type)
            return;
        bool isProgram = SymbolEqualityComparer.Default.Equals(type, portability.Known.ProcessStartInfo)
            || (method.Name == "Start" && SymbolEqualityComparer.Default.Equals(type, portability.Known.Process));
        bool isFile = !isProgram && type.ContainingNamespace is { Name: "IO", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } };
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.ArgumentKind == ArgumentKind.DefaultValue || argument.Parameter is not { } parameter)
                continue;
            Meaning meaning = isProgram ? parameter.Name == "fileName" ? Meaning.Program : Meaning.None : MeaningOf(parameter.Name);
            if (meaning == Meaning.None || (meaning == Meaning.Address && IsNotCalled(method)))
                continue;
            if (meaning == Meaning.Path && isFile)
                meaning = Meaning.File;
            if (parameter.IsParams && argument.ArgumentKind != ArgumentKind.Explicit)
            {
                foreach (IOperation element in Elements(argument.Value))
                    OnText(element, meaning);
            }
            else if (parameter.Type.SpecialType == SpecialType.System_String)
            {
                OnText(argument.Value, meaning);
            }
        }

        if (method.Name is not ("Connect" or "ConnectAsync"))
            return;
        foreach (IArgumentOperation argument in arguments)
            OnAddress(argument.Value);
    }

    private void OnText(IOperation value, Meaning meaning)
    {
        if (TextOf(value, out ISymbol? field) is { } text)
        {
            if (LocalTexts.RuleOf(text, meaning) is { } rule)
                Add(rule, value, text);
        }
        else if (field is not null)
        {
            _uses.Add(new Use(UseKind.FieldText, PortabilityRules.LocalPath, value.Syntax, "", field) { Meaning = meaning });
        }
    }

    // IPAddress.Loopback, alone or with a port, given to something that connects.
    private void OnAddress(IOperation value)
    {
        if (value is IConversionOperation conversion)
            value = conversion.Operand;
        if (value is IObjectCreationOperation { Type.Name: "IPEndPoint", Arguments: [var address, ..] })
            value = address.Value;
        if (value is IFieldReferenceOperation { Field: { Name: "Loopback" or "IPv6Loopback", ContainingType.Name: "IPAddress" } field })
            Add(PortabilityRules.Loopback, value, MemberNames.Of(field));
    }

    /// <summary>The text that an expression is, or begins with, as far as this member says it; or the field that holds it.</summary>
    private string? TextOf(IOperation value, out ISymbol? field)
    {
        field = null;
        if (value.ConstantValue is { HasValue: true, Value: string constant })
            return constant;
        switch (value)
        {
            case IConversionOperation conversion:
                return TextOf(conversion.Operand, out field);
            case IParenthesizedOperation parenthesized:
                return TextOf(parenthesized.Operand, out field);
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Add } sum:
                return TextOf(sum.LeftOperand, out field);
            case IInterpolatedStringOperation { Parts: [IInterpolatedStringTextOperation first, ..] }:
                return first.Text.ConstantValue.Value as string;
            case ILocalReferenceOperation local:
                return _localTexts.TryGetValue(local.Local, out string? text) ? text : null;
            case IFieldReferenceOperation { Field: var known } when IsOurs(known.ContainingType):
                field = known.OriginalDefinition;
                return null;
            case IPropertyReferenceOperation { Property: var known } when IsOurs(known.ContainingType) && known.SetMethod is null or { IsInitOnly: true }:
                field = known.OriginalDefinition;
                return null;
            default:
                return null;
        }
    }

    private static IEnumerable<IOperation> Elements(IOperation value) => value switch
    {
        IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues,
        ICollectionExpressionOperation collection => collection.Elements,
        IConversionOperation conversion => Elements(conversion.Operand),
        _ => [],
    };

    // Addresses to listen on are this machine's by nature; what answers with a truth only looks at an address.
    private static bool IsNotCalled(IMethodSymbol method)
        => method.Name.StartsWith("Listen", StringComparison.Ordinal) || method.Name.StartsWith("Bind", StringComparison.Ordinal) || method.Name == "UseUrls"
            || method.ContainingType.Name is "HttpListener" or "HttpListenerPrefixCollection" or "TcpListener"
            || (method.ReturnType.SpecialType == SpecialType.System_Boolean && method.Name != "TryCreate");

    private static Meaning MeaningOf(string name)
    {
        if (Says(name, "path") || Says(name, "file") || Says(name, "dir") || Says(name, "folder") || name == "relativeTo")
            return Says(name, "uri") || Says(name, "url") || Says(name, "request") ? Meaning.None : Meaning.Path;
        return Says(name, "uri") || Says(name, "url") || Says(name, "host") || Says(name, "address") || Says(name, "endpoint") || Says(name, "server")
            || Says(name, "connectionString") || name is "configuration" or "DataSource"
            ? Meaning.Address
            : Meaning.None;
    }

    private static bool Says(string name, string word) => name.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0;
}
