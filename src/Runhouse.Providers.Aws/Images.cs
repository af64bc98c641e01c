using System.Runtime.InteropServices;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Choice;
using Runhouse.Runtime.Clouds;
using MachineImage = Amazon.EC2.Model.Image;

namespace Runhouse.Providers.Aws;

/// <summary>Finds the images that machines of a region start from: the newest of the series that fits them.</summary>
internal sealed class Images
{
    private const string Canonical = "099720109477";

    // Drivers for these have no open kernel module; Volta and older.
    private static readonly string[] OldAccelerators = ["V100", "P100", "K80", "M60", "P4"];

    private readonly IAmazonEC2 _client;
    private readonly Patience _patience;
    private readonly AwsOptions _options;

    public Images(IAmazonEC2 client, Patience patience, AwsOptions options)
        => (_client, _patience, _options, Known) = (client, patience, options, new Remembered<ImageSeries, MachineImage>(FindAsync));

    /// <summary>Those that were found.</summary>
    public Remembered<ImageSeries, MachineImage> Known { get; }

    /// <summary>The image for a machine.</summary>
    /// <param name="offer">The machine.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="NotHereException">There is none in the region.</exception>
    public Task<MachineImage> GetAsync(MachineOffer offer, CancellationToken cancellationToken) => Known.GetAsync(SeriesOf(offer), cancellationToken);

    // docs.aws.amazon.com/dlami/latest/devguide: the names of the series. Ubuntu everywhere, so that images of remote code need to know one system only.
    private static ImageSeries SeriesOf(MachineOffer offer)
    {
        bool isArm = offer.Architecture == Architecture.Arm64;
        string architecture = isArm ? "arm64" : "x86_64";
        if (offer.Accelerator is not { } accelerator)
            return new ImageSeries(Canonical, $"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{(isArm ? "arm64" : "amd64")}-server-*", architecture);
        string name = accelerator.Name.Split('-')[0];
        return new ImageSeries(
            "amazon",
            OldAccelerators.Contains(name, StringComparer.OrdinalIgnoreCase) ? "Deep Learning Base Proprietary Nvidia Driver GPU AMI (Ubuntu *) *"
                : isArm ? "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) *"
                : "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) *",
            architecture);
    }

    private async Task<MachineImage> FindAsync(ImageSeries series, CancellationToken cancellationToken)
    {
        var request = new DescribeImagesRequest();
        if (_options.ImageId is { } id)
        {
            request.ImageIds = [id];
        }
        else
        {
            request.Owners = [series.Owner];
            request.Filters =
            [
                new Filter("name", [series.Pattern]), new Filter("architecture", [series.Architecture]), new Filter("state", ["available"]),
                new Filter("root-device-type", ["ebs"]), new Filter("virtualization-type", ["hvm"]),
            ];
        }

        DescribeImagesResponse found = await _patience.AskAsync(token => _client.DescribeImagesAsync(request, token), cancellationToken).ConfigureAwait(false);

        // The form of its dates sorts as text.
        return (found.Images ?? []).MaxBy(static image => image.CreationDate, StringComparer.Ordinal)
            ?? throw new NotHereException(ProvisioningFailure.Unsupported, "NoImage", _options.ImageId is { } missing
                ? $"there is no image {missing} in the region, and Runhouse:Aws:ImageId names it; images are of one region"
                : $"there is no image '{series.Pattern}' of {series.Owner} for {series.Architecture} in the region; set Runhouse:Aws:ImageId to one that there is");
    }
}
