using Runhouse.Host.Hosting;

namespace Runhouse.Host.Images;

/// <summary>Why a step failed: how its command ended, or what went wrong with one that ran none.</summary>
internal sealed record StepFailure(ProcessExit? Exit, string? Reason);
