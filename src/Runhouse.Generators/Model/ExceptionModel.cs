namespace Runhouse.Generators.Model;

/// <summary>An exception type of the application, with the data that travels.</summary>
/// <param name="TypeName">The type as code.</param>
/// <param name="FullName">Its full name as reflection gives it.</param>
/// <param name="Members">The properties that travel, in ordinal order of their names.</param>
/// <param name="Arguments">The constructor's arguments.</param>
/// <param name="Shapes">The shapes that the data reaches.</param>
internal sealed record ExceptionModel(
    string TypeName, string FullName, EquatableArray<ExceptionMember> Members, EquatableArray<ExceptionArgument> Arguments, EquatableArray<TypeShape> Shapes);

/// <summary>A property of an exception that travels.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Identifier">Its name as code.</param>
/// <param name="Shape">Its type.</param>
/// <param name="IsSet">Whether it is set after construction, because no constructor parameter takes it.</param>
internal sealed record ExceptionMember(string Name, string Identifier, ShapeRef Shape, bool IsSet);

/// <summary>What a constructor of an exception is given.</summary>
/// <param name="Source">The message, the cause, or a member.</param>
/// <param name="Member">The index of the member.</param>
internal sealed record ExceptionArgument(ExceptionArgumentSource Source, int Member);

/// <summary>Where an argument of an exception's constructor comes from.</summary>
internal enum ExceptionArgumentSource
{
    /// <summary>The exception's message.</summary>
    Message,

    /// <summary>The exception's cause.</summary>
    InnerException,

    /// <summary>A property that travels.</summary>
    Member,
}
