namespace Runhouse.Cli.Watching;

/// <summary>A project does not build.</summary>
/// <param name="problems">What is wrong with it, as the compiler says it.</param>
internal sealed class BuildFailedException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>What is wrong with it, as the compiler says it.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
