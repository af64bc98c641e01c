using static Runhouse.Providers.Ec2.Ec2Xml;

namespace Runhouse.Providers.Ec2;

/// <summary>What the server says of images.</summary>
internal static class ImageActions
{
    public static IEnumerable<object?> Describe(FakeRegion region, Ec2Request request)
    {
        IReadOnlyList<string> ids = request.List("ImageId");
        if (ids.FirstOrDefault(id => region.Images.TrueForAll(image => image.Id != id)) is { } unknown)
            throw new Ec2Exception("InvalidAMIID.NotFound", $"The image id '[{unknown}]' does not exist");
        IReadOnlyList<string> owners = request.List("Owner");
        IEnumerable<FakeImage> images = region.Images.Where(image => (ids.Count == 0 || ids.Contains(image.Id)) && (owners.Count == 0 || owners.Contains(image.Owner)));
        return
        [
            Set("imagesSet", Ec2Filters.Apply(request, images, ValuesOf), static image =>
            [
                Element("imageId", image.Id), Element("name", image.Name), Element("imageState", "available"), Element("architecture", image.Architecture), Element("creationDate", image.CreatedAt),
                Element("rootDeviceName", image.RootDevice), Element("rootDeviceType", "ebs"), Element("virtualizationType", "hvm"),
                Set("blockDeviceMapping", [image], static one => [Element("deviceName", one.RootDevice), Element("ebs", Element("volumeSize", one.DiskSize), Element("volumeType", "gp3"))]),
            ]),
        ];
    }

    private static IEnumerable<string?>? ValuesOf(FakeImage image, string filter) => filter switch
    {
        "name" => [image.Name],
        "architecture" => [image.Architecture],
        "state" => ["available"],
        "root-device-type" => ["ebs"],
        "virtualization-type" => ["hvm"],
        _ => null,
    };
}
