using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Host.Images;

/// <summary>
/// The environments for workers, by the name of their image: the one that was applied last. Workers keep theirs for as long as they live; nothing of it
/// is written down, so that a host that starts anew asks its callers for it.
/// </summary>
internal sealed class ImageEnvironments
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, ImageEnvironment> _latest = new(StringComparer.Ordinal);
    private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes an environment the one of its image.</summary>
    /// <param name="image">The image's name.</param>
    /// <param name="step">The hash of its last step: workers of a changed image are others, even if their variables are the same.</param>
    /// <param name="variables">The variables.</param>
    /// <param name="redactor">Hides its secrets.</param>
    public ImageEnvironment Set(string image, string step, IReadOnlyDictionary<string, string> variables, Redactor? redactor)
    {
        var environment = new ImageEnvironment(IdOf(image, step, variables), image, variables, redactor);
        _latest[image] = environment;
        Interlocked.Exchange(ref _set, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return environment;
    }

    /// <exception cref="HostRefusal">No image has that environment now.</exception>
    public ImageEnvironment Get(string id) => _latest.Values.FirstOrDefault(environment => environment.Id == id) ?? throw new HostRefusal(
        StatusCodes.Status404NotFound,
        HostErrorCode.NoEnvironment,
        $"This host has no image environment '{id[..Math.Min(id.Length, 64)]}': it was started anew, or the image was changed since. Apply the image again.");

    /// <summary>The environment of an image, as it was applied last.</summary>
    /// <param name="image">The image's name: the cluster's.</param>
    /// <exception cref="HostRefusal">It was not applied since this host started.</exception>
    public ImageEnvironment GetLatest(string image) => _latest.GetValueOrDefault(image) ?? throw new HostRefusal(
        StatusCodes.Status404NotFound,
        HostErrorCode.NoEnvironment,
        $"This host has no environment of the image '{image[..Math.Min(image.Length, 64)]}': no image of that name was applied since it was started. Apply the image.");

    /// <summary>The environment of an image, as it was applied last; once it is applied, if it was not since this host started.</summary>
    /// <param name="image">The image's name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<ImageEnvironment> WaitForAsync(string image, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task set = Volatile.Read(ref _set).Task;
            if (_latest.TryGetValue(image, out ImageEnvironment? environment))
                return environment;
            await set.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Keyed with what nobody else knows: a plain hash would let whoever sees the id try out values of a short secret.
    private string IdOf(string image, string step, IReadOnlyDictionary<string, string> variables)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        Add(image);
        Add(step);
        foreach ((string name, string value) in variables.OrderBy(static variable => variable.Key, StringComparer.Ordinal))
        {
            Add(name);
            Add(value);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));

        // No part holds a zero character.
        void Add(string part) => hash.AppendData(Encoding.UTF8.GetBytes(part + "\0"));
    }
}
