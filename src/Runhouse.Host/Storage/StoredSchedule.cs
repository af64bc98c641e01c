using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>A schedule of a deployment as the store has it.</summary>
/// <param name="Deployment">The deployment's id.</param>
/// <param name="Application">The deployment's application.</param>
/// <param name="Declared">What is to be run, and when.</param>
internal sealed record StoredSchedule(string Deployment, string Application, DeclaredSchedule Declared)
{
    /// <summary>The image in whose environment it runs, as it is then; null for none.</summary>
    public string? Image { get; init; }

    /// <summary>Whether it runs all the same where the machine lacks what it needs.</summary>
    public bool IsLenient { get; init; }
}
