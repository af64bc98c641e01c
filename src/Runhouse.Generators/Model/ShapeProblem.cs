namespace Runhouse.Generators.Model;

/// <summary>Why a type cannot travel.</summary>
/// <param name="Path">Where it was met, <c>config.Optimizer.Callback</c>.</param>
/// <param name="TypeName">The offending type, for messages.</param>
/// <param name="Reason">The cause and the remedy, as the end of a sentence.</param>
internal sealed record ShapeProblem(string Path, string TypeName, string Reason);
