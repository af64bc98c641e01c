using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Deployment;
using Runhouse.Runtime.Logs;
using Runhouse.Runtime.Secrets;

namespace Runhouse.Runtime.Images;

/// <summary>Applies images to hosts: reads what they take from this machine, uploads what the host lacks, and shows what its steps write.</summary>
/// <param name="home">Runhouse's folder of the user: saved secrets, and the hashes of files.</param>
/// <param name="output">Where the output of steps goes.</param>
/// <param name="time">The clock.</param>
internal sealed class ImageDeployment(RunhouseHome home, RemoteOutput output, TimeProvider time)
{
    private const int OutputInMessage = 20;

    /// <summary>Applies an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">What it is for: the cluster's name. The host remembers its steps by this name.</param>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Ends the step that runs there; those before it count as done.</param>
    /// <returns>The id of the environment for its workers (<see cref="Protocol.Control.WorkerRequest.Environment"/>); null for an image without steps.</returns>
    /// <exception cref="ImageStepException">A step failed.</exception>
    /// <exception cref="DeploymentException">What it copies is missing here, or the host refused it.</exception>
    /// <exception cref="KeyNotFoundException">It names a secret that is not saved.</exception>
    public async Task<string?> ApplyAsync(Image image, string name, HostClient host, CancellationToken cancellationToken)
    {
        (ImageManifest manifest, Dictionary<string, FileInfo> sources) = Read(image, name);
        ImageProgress end = await SendAsync(manifest, host, cancellationToken).ConfigureAwait(false);
        if (end is ImageMissing missing)
        {
            await ManifestUpload.SendAsync(missing.Hashes, sources, $"the image of {name}", host, cancellationToken).ConfigureAwait(false);
            end = await SendAsync(manifest, host, cancellationToken).ConfigureAwait(false);
        }

        return end switch
        {
            ImageApplied applied => applied.Environment,
            ImageStepFailed failed => throw Failed(host.Address, failed),
            _ => throw new DeploymentException($"{host.Address} still lacks files of the image of {name} after they were uploaded. Look for the cause in the host's log."),
        };
    }

    private async Task<ImageProgress> SendAsync(ImageManifest manifest, HostClient host, CancellationToken cancellationToken)
    {
        using HttpContent content = JsonContent.Create(manifest, ControlJson.Default.ImageManifest);
        HostOutput answer = await host.BeginAsync("v1/images", content, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            var shown = new ImageOutput(output, time);
            while (await answer.ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
            {
                if (frame.Kind != OutputFrameKind.Message)
                {
                    shown.Take(frame);
                    continue;
                }

                ImageProgress progress = JsonSerializer.Deserialize(frame.Payload.Span, ControlJson.Default.ImageProgress)!;
                shown.Take(progress);
                if (progress is ImageApplied or ImageStepFailed or ImageMissing)
                    return progress;
            }

            throw answer.Cut("the image");
        }
    }

    private (ImageManifest Manifest, Dictionary<string, FileInfo> Sources) Read(Image image, string name)
    {
        var secrets = new SecretStore(home.Secrets);
        var sources = new Dictionary<string, FileInfo>(StringComparer.Ordinal);
        CopyPart[] copies = [.. image.Parts.OfType<CopyPart>()];
        var found = copies.Distinct().ToDictionary(static copy => copy, static copy => copy.Sources.Find(copy.Target));
        IReadOnlyDictionary<string, string> hashes = Hash(name, [.. found.Values.SelectMany(static copy => copy.Files).Select(static file => file.File)]);
        var steps = new List<ImageStep>();
        foreach (ImagePart part in image.Parts)
        {
            steps.Add(part switch
            {
                StepPart step => step.Step,
                SecretPart secret => Deliver(secret.Given ?? secrets.Get(secret.Name)),
                CopyPart copy => StepOf(found[copy].Folder, found[copy].Files),
                _ => throw new InvalidOperationException($"A part of the image is of the unknown type {part.GetType()}."),
            });
        }

        return (new ImageManifest { Name = name, Base = image.Reference, Steps = steps }, sources);

        CopyStep StepOf(string folder, IReadOnlyList<(string Path, FileInfo File)> files)
        {
            var deployed = new List<DeployedFile>();
            foreach ((string path, FileInfo file) in files)
            {
                string hash = hashes[file.FullName];
                sources[hash] = file;
                deployed.Add(new DeployedFile(path, hash, file.Length) { IsExecutable = !OperatingSystem.IsWindows() && file.UnixFileMode.HasFlag(UnixFileMode.UserExecute) });
            }

            return new CopyStep(folder, deployed);
        }
    }

    private IReadOnlyDictionary<string, string> Hash(string name, FileInfo[] files)
    {
        try
        {
            var cache = HashCache.Open(home.HashCache, "image " + name, time);
            IReadOnlyDictionary<string, string> hashes = cache.Hash(files);
            cache.Save();
            return hashes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AggregateException)
        {
            Exception cause = (exception as AggregateException)?.InnerException ?? exception;
            throw new DeploymentException($"The files of the image of {name} cannot be hashed: {cause.Message} Make them readable and {home.HashCache} writable.", cause);
        }
    }

    private static SecretStep Deliver(Secret secret) => new(secret.Name, secret.Values, [.. secret.Contents.Select(static file => new SecretContent(file.Target, file.Content))])
    {
        Settings = secret.Settings,
    };

    private static ImageStepException Failed(HostAddress host, ImageStepFailed failed)
    {
        string how = failed switch
        {
            { Reason: { } reason } => reason,
            { Signal: { } signal } => string.Create(CultureInfo.InvariantCulture, $"signal {signal} ended it."),
            _ => string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {failed.ExitCode}."),
        };
        string last = string.Join('\n', failed.Output.TakeLast(OutputInMessage));
        return new ImageStepException(
            $"Step {failed.Number} of the image failed on {host}: {failed.Text}\n{how} Correct the step and try again; the steps before it are done and stay."
            + (last.Length > 0 ? $"\nIts last output:\n{last}" : ""))
        {
            Step = failed.Text,
            StepNumber = failed.Number,
            ExitCode = failed.ExitCode,
            Output = [.. failed.Output],
        };
    }
}
