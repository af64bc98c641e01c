using System.Runtime.InteropServices;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Finds the images that machines start from: the newest of the family that fits them.</summary>
internal sealed class Images
{
    private readonly IComputeApi _api;
    private readonly Patience _patience;
    private readonly GcpOptions _options;

    public Images(IComputeApi api, Patience patience, GcpOptions options)
        => (_api, _patience, _options, Known) = (api, patience, options, new Remembered<string, MachineImage>(FindAsync));

    /// <summary>Those that were found.</summary>
    public Remembered<string, MachineImage> Known { get; }

    /// <summary>The image for a machine.</summary>
    /// <param name="offer">The machine.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="NotHereException">There is none.</exception>
    public Task<MachineImage> GetAsync(MachineOffer offer, CancellationToken cancellationToken) => _options.Image switch
    {
        { } path when path.Contains("/global/images/", StringComparison.Ordinal) => Task.FromResult(new MachineImage { SelfLink = path }),
        var family => Known.GetAsync(family ?? FamilyOf(offer), cancellationToken),
    };

    // Ubuntu everywhere, so that images of remote code need to know one system only; with accelerators, Canonical's own with NVIDIA's driver in it. Both have cloud-init.
    private static string FamilyOf(MachineOffer offer)
    {
        string architecture = offer.Architecture == Architecture.Arm64 ? "arm64" : "amd64";
        return offer.Accelerator is null ? $"ubuntu-os-cloud/ubuntu-2404-lts-{architecture}" : $"ubuntu-os-accelerator-images/ubuntu-accelerator-2404-{architecture}-with-nvidia-580";
    }

    private async Task<MachineImage> FindAsync(string family, CancellationToken cancellationToken)
    {
        string[] parts = family.Split('/');
        try
        {
            return await _patience.AskAsync(token => _api.GetImageFromFamilyAsync(parts[0], parts[1], token), cancellationToken).ConfigureAwait(false);
        }
        catch (ComputeException exception) when (exception.IsNotFound)
        {
            // A family is the same in all regions.
            throw new NotHereException(ProvisioningFailure.Configuration, "NoImage", _options.Image is null
                ? $"there is no image of the family {parts[1]} in the project {parts[0]}; set Runhouse:Gcp:Image to a family that there is"
                : $"there is no image of the family {parts[1]} in the project {parts[0]}, and Runhouse:Gcp:Image names it");
        }
    }
}
