using Microsoft.Extensions.Configuration;

namespace Runhouse.Runtime.Clouds;

/// <summary>Reads the section of a provider's options. What it does not understand is an error that says what is allowed.</summary>
public sealed class CloudSection
{
    private readonly IConfiguration _section;
    private readonly string _name;

    /// <summary>Begins to read a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="provider">The provider's name, as the catalogue has it: <c>aws</c> for <c>Runhouse:Aws</c>.</param>
    /// <param name="keys">The keys that there are.</param>
    /// <exception cref="RunhouseConfigurationException">The section has another key.</exception>
    public CloudSection(IConfiguration section, string provider, IReadOnlyList<string> keys)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentException.ThrowIfNullOrEmpty(provider);
        (_section, _name) = (section, $"Runhouse:{char.ToUpperInvariant(provider[0])}{provider[1..]}");
        if (section.GetChildren().FirstOrDefault(child => !keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new RunhouseConfigurationException($"{_name}:{unknown.Key} is not a key of the provider {provider}. The keys are {string.Join(", ", keys)}.");
    }

    /// <summary>A text; null when it is left out or empty.</summary>
    /// <param name="key">The key.</param>
    public string? Text(string key) => _section[key] is { Length: > 0 } text ? text : null;

    /// <summary>A list of configuration, or one text with commas, as an environment variable has it.</summary>
    /// <param name="key">The key.</param>
    public IReadOnlyList<string> Texts(string key)
    {
        IEnumerable<string?> texts = _section[key] is { } one ? one.Split(',') : _section.GetSection(key).GetChildren().Select(static child => child.Value);
        return [.. texts.OfType<string>().Select(static text => text.Trim()).Where(static text => text.Length > 0)];
    }

    /// <summary>True or false; false when it is left out.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="RunhouseConfigurationException">It is neither.</exception>
    public bool Switch(string key) => Text(key) switch
    {
        null => false,
        { } text when bool.TryParse(text, out bool value) => value,
        { } text => throw NotAllowed(key, text, "true or false"),
    };

    /// <summary>An address of HTTP; null when it is left out.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="RunhouseConfigurationException">It is none.</exception>
    public string? Url(string key) => Text(key) is not { } text || (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
        ? Text(key)
        : throw NotAllowed(key, text, "an address that begins with https:// or http://");

    /// <summary>Networks, in the form of <c>203.0.113.0/24</c>; all addresses when they are left out.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="RunhouseConfigurationException">One of them is none.</exception>
    public IReadOnlyList<string> Networks(string key)
    {
        IReadOnlyList<string> networks = Texts(key);
        if (networks.FirstOrDefault(static one => !System.Net.IPNetwork.TryParse(one, out _)) is { } wrong)
            throw NotAllowed(key, wrong, "networks such as 203.0.113.0/24, with commas between them");
        return networks.Count > 0 ? networks : ["0.0.0.0/0"];
    }

    /// <summary>The error of a value that is not allowed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="allowed">What is: <c>true or false</c>.</param>
    public RunhouseConfigurationException NotAllowed(string key, string value, string allowed) => new($"{_name}:{key} = \"{value}\" is not allowed. Write {allowed}.");
}
