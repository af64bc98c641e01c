namespace Runhouse.Generators.Model;

/// <summary>A provider of machines that a reference brings.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Factory">The type that makes it, as code names it.</param>
internal sealed record ProviderModel(string Name, string Factory);
