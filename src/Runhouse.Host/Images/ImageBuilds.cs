using Runhouse.Host.Commands;
using Runhouse.Host.Deployments;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Images;

/// <summary>Applies images to this machine, one at a time: what has not changed since the last time is not done again.</summary>
internal sealed partial class ImageBuilds(
    FileStore files, AppliedSteps applied, SecretFiles secrets, ImageEnvironments environments, HostFolders folders, ILogger<ImageBuilds> log) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Applies an image that was checked.</summary>
    /// <param name="image">The image.</param>
    /// <param name="reply">Takes what happens.</param>
    /// <param name="cancellationToken">Ends the step that runs; those before it count as done.</param>
    public async Task ApplyAsync(ImageManifest image, FrameReply reply, CancellationToken cancellationToken)
    {
        if (!_one.Wait(0, CancellationToken.None))
        {
            await SayAsync(reply, new ImageWaits(), cancellationToken).ConfigureAwait(false);
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await SayAsync(reply, await BuildAsync(image, reply, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<ImageProgress> BuildAsync(ImageManifest image, FrameReply reply, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> chain = image.ComputeChain();
        IReadOnlyList<string> before = applied.Read(image.Name);
        int same = chain.Zip(before).TakeWhile(static pair => pair.First == pair.Second).Count();
        string[] missing = [.. image.Steps.Skip(same).OfType<CopyStep>().SelectMany(static step => step.Files).Where(file => files.SizeOf(file.Hash) != file.Size).Select(static file => file.Hash).Distinct()];
        if (missing.Length > 0)
            return new ImageMissing(missing);

        if (Noted(() => secrets.Keep(image.Name, ImageBuild.SecretPaths(image))) is { } unkept)
            return Failed(image, 0, unkept, []);
        var build = new ImageBuild(image, files, secrets, folders);
        int executed = 0;
        for (int i = 0; i < chain.Count; i++)
        {
            ImageStep step = image.Steps[i];
            if (build.Set(step) is { } wrong)
                return Failed(image, i, wrong, []);

            if (i < same)
            {
                if (ImageBuild.ChangesMachine(step))
                    await SayAsync(reply, new ImageStepSkipped(i + 1, chain.Count, step.Text), cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (ImageBuild.ChangesMachine(step))
            {
                // What comes behind was done to a machine that is about to change.
                if (before.Count > i && executed == 0 && Noted(() => applied.Write(image.Name, [.. chain.Take(i)])) is { } unnoted)
                    return Failed(image, i, unnoted, []);
                await SayAsync(reply, new ImageStepBegins(i + 1, chain.Count, step.Text), cancellationToken).ConfigureAwait(false);
                executed++;
                var output = new StepOutput(reply.WriteAsync);
                if (await build.RunAsync(step, output.WriteAsync, cancellationToken).ConfigureAwait(false) is { } failure)
                    return Failed(image, i, failure, output.Tail());
                if (Noted(() => applied.Write(image.Name, [.. chain.Take(i + 1)])) is { } forgotten)
                    return Failed(image, i, forgotten, output.Tail());
            }
        }

        if ((before.Count != chain.Count || same != chain.Count) && Noted(() => applied.Write(image.Name, chain)) is { } unfinished)
            return Failed(image, chain.Count - 1, unfinished, []);
        LogApplied(image.Name, chain.Count, executed);
        return new ImageApplied(chain.Count == 0 ? null : environments.Set(image.Name, chain[^1], build.Variables, build.Redactor).Id, executed);
    }

    private static ValueTask SayAsync(FrameReply reply, ImageProgress message, CancellationToken cancellationToken) =>
        reply.WriteAsync(message, ControlJson.Default.ImageProgress, cancellationToken);

    // After the answer has begun there is no other way to say so: a caller whose answer breaks off begins again.
    private StepFailure? Noted(Action write)
    {
        try
        {
            write();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new StepFailure(null, $"The host cannot note in {folders.Images} which steps are done: {exception.Message} Make room there, or correct its rights.");
        }
    }

    private ImageStepFailed Failed(ImageManifest image, int index, StepFailure failure, IReadOnlyList<string> output)
    {
        LogFailed(index + 1, image.Name);
        return new ImageStepFailed(index + 1, image.Steps.ElementAtOrDefault(index)?.Text ?? "(no steps)", output)
        {
            ExitCode = failure.Exit?.ExitCode,
            Signal = failure.Exit?.Signal,
            Reason = failure.Reason,
        };
    }

    [LoggerMessage(LogLevel.Information, "Image {Name} is applied: {Steps} steps, {Executed} of them carried out now")]
    private partial void LogApplied(string name, int steps, int executed);

    // Not its text, which is the user's.
    [LoggerMessage(LogLevel.Warning, "Step {Number} of image {Name} failed; its caller has its output")]
    private partial void LogFailed(int number, string name);
}
