namespace Runhouse;

/// <summary>A step of an image failed on a host. The steps before it are done; those behind it were not begun.</summary>
/// <param name="message">What happened, to what, and what to do next.</param>
/// <param name="innerException">The cause, if any.</param>
public sealed class ImageStepException(string message, Exception? innerException = null) : RemoteException(message, innerException)
{
    /// <summary>The step, in the words of a Dockerfile.</summary>
    public string Step { get; init; } = "";

    /// <summary>Its number in the image, from 1.</summary>
    public int StepNumber { get; init; }

    /// <summary>The exit code of its command; null when a signal ended it, or when the step runs no command.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The last lines that it wrote, secrets hidden.</summary>
    public EquatableList<string> Output { get; init; } = [];
}
