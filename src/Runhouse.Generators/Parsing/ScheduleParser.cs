using Microsoft.CodeAnalysis;
using Runhouse.Generators.Emitting;
using Runhouse.Generators.Model;

namespace Runhouse.Generators.Parsing;

/// <summary>Reads when a remote function is to be run by itself.</summary>
internal static class ScheduleParser
{
    /// <summary>The schedule that an attribute states; null when it states none, or one that the function cannot have.</summary>
    /// <param name="function">The function.</param>
    /// <param name="attribute">Its attribute.</param>
    public static ScheduleModel? Parse(IMethodSymbol function, AttributeData attribute)
        => Stated(attribute, "Schedule") is string expression && Obstacle(function) is null
            ? new ScheduleModel(expression, Stated(attribute, "TimeZone") as string ?? "UTC", Stated(attribute, "KeepsUp") is true)
            : null;

    /// <summary>Why something cannot run without a caller, in words that follow "because"; null when it can.</summary>
    /// <param name="symbol">What is marked.</param>
    public static string? Obstacle(ISymbol symbol)
    {
        if (symbol is not IMethodSymbol method)
            return "a host has no object of its own to call: mark a static method, which makes one";
        if (!method.IsStatic)
            return "a host has no object to call it on: make it static";
        if (method.Parameters.FirstOrDefault(static one => !HasArgument(one)) is { } parameter)
            return $"nobody is there to give '{parameter.Name}' a value: give the parameter a default";
        return KnownTypes.Classify(method.ReturnType, out ITypeSymbol? value) == ReturnKind.Stream ? "its result is a stream, which runs as its caller reads it: return the items together, or keep them where they are needed"
            : value.Is("Runhouse", "RemoteRef`1") ? "its result is a RemoteRef, which ends with its caller's session: return the value"
            : null;
    }

    private static bool HasArgument(IParameterSymbol parameter)
        => parameter.IsOptional || parameter.Type.IsToken() || parameter.Attribute(RuntimeNames.FromServicesAttribute) is not null;

    private static object? Stated(AttributeData attribute, string name) => attribute.NamedArguments.FirstOrDefault(one => one.Key == name).Value.Value;
}
