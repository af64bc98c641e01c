namespace Runhouse.Protocol.References;

/// <summary>References in messages.</summary>
internal static class ReferenceName
{
    /// <summary>The name of a reference's type.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    public static string Of<T>() => $"RemoteRef<{Name(typeof(T))}>";

    /// <summary>The error for fetching what has no serializer.</summary>
    /// <typeparam name="T">The value's type.</typeparam>
    public static NotSupportedException CannotTravel<T>() => new(
        $"{typeof(T)} cannot travel, so that a {Of<T>()} cannot be fetched. Pass the reference to a remote function that reads its Value and returns what you need.");

    private static string Name(Type type) => type switch
    {
        { IsArray: true } => Name(type.GetElementType()!) + "[" + new string(',', type.GetArrayRank() - 1) + "]",
        { IsGenericType: true } when type.Name.Contains('`', StringComparison.Ordinal)
            => $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.Name,
    };
}
