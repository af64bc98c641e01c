using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Model;

/// <summary>Everything that the declarations of a compilation say about remote code.</summary>
/// <param name="Classes">The remote classes, its own and those of other assemblies that it makes remote.</param>
/// <param name="Functions">The remote functions.</param>
/// <param name="Exceptions">The application's own exceptions, in ordinal order of their names.</param>
/// <param name="Startup">The type that registers services; null when there is none.</param>
/// <param name="Diagnostics">What the generator reports itself.</param>
internal sealed record RemoteDeclarations(
    EquatableArray<RemoteClassModel> Classes,
    EquatableArray<ParsedFunction> Functions,
    EquatableArray<ExceptionModel> Exceptions,
    StartupModel? Startup,
    EquatableArray<DiagnosticInfo> Diagnostics);
