namespace Runhouse.Generators.Model;

/// <summary>The type that registers the services of remote code.</summary>
/// <param name="TypeName">The type as code.</param>
/// <param name="IsStatic">Whether its <c>ConfigureServices</c> is static.</param>
internal sealed record StartupModel(string TypeName, bool IsStatic);
