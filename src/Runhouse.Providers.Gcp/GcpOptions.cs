using Microsoft.Extensions.Configuration;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>The section <c>Runhouse:Gcp</c>.</summary>
internal sealed record GcpOptions : CloudOptions
{
    private static readonly string[] Keys = [.. CommonKeys.Concat(["Credentials", "Image", "Network", "NetworkTag", "Project", "ServiceAccount", "Subnetwork"]).Order(StringComparer.Ordinal)];

    /// <summary>Makes options that nobody has set.</summary>
    public GcpOptions()
    {
    }

    private GcpOptions(CloudSection section)
        : base(section)
    {
    }

    /// <summary>The file with the credentials; null for the application default ones.</summary>
    public string? Credentials { get; init; }

    /// <summary>The id of the project; null for the one that is found.</summary>
    public string? Project { get; init; }

    /// <summary>The network, by name or by path where it is another project's; null for the project's default one.</summary>
    public string? Network { get; init; }

    /// <summary>The subnetwork, by its name, which is then the same in all regions, or by path; null where the network has one for each region.</summary>
    public string? Subnetwork { get; init; }

    /// <summary>A network tag that machines get, to which rules of the user's own apply; null for a rule that is made.</summary>
    public string? NetworkTag { get; init; }

    /// <summary>What machines start from, <c>PROJECT/FAMILY</c> or the path of an image; null for the newest that fits.</summary>
    public string? Image { get; init; }

    /// <summary>The e-mail address of the service account that machines have; null for none.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static GcpOptions Read(IConfiguration section)
    {
        var read = new CloudSection(section, "gcp", Keys);
        var options = new GcpOptions(read)
        {
            Credentials = read.Text("Credentials"),
            Project = read.Text("Project"),
            Network = read.Text("Network"),
            Subnetwork = read.Text("Subnetwork"),
            NetworkTag = read.Text("NetworkTag"),
            Image = ImageOf(read),
            ServiceAccount = read.Text("ServiceAccount"),
        };
        return options.Subnetwork is null || options.Network is not null || options.NetworkTag is not null
            ? options
            : throw new RunhouseConfigurationException("Runhouse:Gcp:Subnetwork needs Runhouse:Gcp:Network, whose firewall opens the ports of machines, or Runhouse:Gcp:NetworkTag, to which rules of your own apply. Set one of them.");
    }

    private static string? ImageOf(CloudSection read)
        => read.Text("Image") is not { } text || text.Contains("/global/images/", StringComparison.Ordinal) || text.Split('/') is [{ Length: > 0 }, { Length: > 0 }]
            ? read.Text("Image")
            : throw read.NotAllowed("Image", text, "PROJECT/FAMILY, or projects/PROJECT/global/images/NAME");
}
