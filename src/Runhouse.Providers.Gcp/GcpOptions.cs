using Microsoft.Extensions.Configuration;

namespace Runhouse.Providers.Gcp;

/// <summary>The section <c>Runhouse:Gcp</c>.</summary>
internal sealed record GcpOptions
{
    private static readonly string[] Keys =
        ["AllowFrom", "Credentials", "Image", "Network", "NetworkTag", "Project", "ServiceAccount", "ServiceUrl", "Subnetwork", "UsePrivateAddress"];

    /// <summary>Where the API answers; null for Google's own addresses.</summary>
    public string? ServiceUrl { get; init; }

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

    /// <summary>The networks from which the open ports can be reached, in the form of <c>203.0.113.0/24</c>.</summary>
    public IReadOnlyList<string> AllowFrom { get; init; } = ["0.0.0.0/0"];

    /// <summary>Whether machines are reached by their address within the network, and have no public one.</summary>
    public bool UsePrivateAddress { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static GcpOptions Read(IConfiguration section)
    {
        if (section.GetChildren().FirstOrDefault(static child => !Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new RunhouseConfigurationException($"Runhouse:Gcp:{unknown.Key} is not a key of the provider gcp. The keys are {string.Join(", ", Keys)}.");
        var options = new GcpOptions
        {
            ServiceUrl = Url(Text(section, "ServiceUrl")),
            Credentials = Text(section, "Credentials"),
            Project = Text(section, "Project"),
            Network = Text(section, "Network"),
            Subnetwork = Text(section, "Subnetwork"),
            NetworkTag = Text(section, "NetworkTag"),
            Image = ImageOf(Text(section, "Image")),
            ServiceAccount = Text(section, "ServiceAccount"),
            AllowFrom = Texts(section, "AllowFrom") is { Count: > 0 } networks ? [.. networks.Select(NetworkOf)] : ["0.0.0.0/0"],
            UsePrivateAddress = Switch(section, "UsePrivateAddress"),
        };
        return options.Subnetwork is null || options.Network is not null || options.NetworkTag is not null
            ? options
            : throw new RunhouseConfigurationException("Runhouse:Gcp:Subnetwork needs Runhouse:Gcp:Network, whose firewall opens the ports of machines, or Runhouse:Gcp:NetworkTag, to which rules of your own apply. Set one of them.");
    }

    private static string? Text(IConfiguration section, string key) => section[key] is { Length: > 0 } text ? text : null;

    // A list of configuration, or one text with commas, as an environment variable has it.
    private static IReadOnlyList<string> Texts(IConfiguration section, string key)
    {
        IEnumerable<string?> texts = section[key] is { } one ? one.Split(',') : section.GetSection(key).GetChildren().Select(static child => child.Value);
        return [.. texts.OfType<string>().Select(static text => text.Trim()).Where(static text => text.Length > 0)];
    }

    private static string? Url(string? text) => text is null || (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
        ? text
        : throw NotAllowed("ServiceUrl", text, "an address that begins with https:// or http://");

    private static string? ImageOf(string? text) => text is null || text.Contains("/global/images/", StringComparison.Ordinal) || text.Split('/') is [{ Length: > 0 }, { Length: > 0 }]
        ? text
        : throw NotAllowed("Image", text, "PROJECT/FAMILY, or projects/PROJECT/global/images/NAME");

    private static string NetworkOf(string text)
        => System.Net.IPNetwork.TryParse(text, out _) ? text : throw NotAllowed("AllowFrom", text, "networks such as 203.0.113.0/24, with commas between them");

    private static bool Switch(IConfiguration section, string key) => Text(section, key) switch
    {
        null => false,
        { } text when bool.TryParse(text, out bool value) => value,
        { } text => throw NotAllowed(key, text, "true or false"),
    };

    private static RunhouseConfigurationException NotAllowed(string key, string value, string allowed)
        => new($"Runhouse:Gcp:{key} = \"{value}\" is not allowed. Write {allowed}.");
}
