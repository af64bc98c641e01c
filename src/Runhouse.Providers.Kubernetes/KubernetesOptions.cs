using Microsoft.Extensions.Configuration;

namespace Runhouse.Providers.Kubernetes;

/// <summary>The section <c>Runhouse:Kubernetes</c>.</summary>
internal sealed record KubernetesOptions
{
    private static readonly string[] Keys =
    [
        "Context", "Directory", "GpuNames", "GpuResource", "GpuSelector", "Image", "Kubeconfig", "Namespace", "NodeSelector", "PriorityClass", "Queue", "Selector", "ServiceAccount", "Template", "Tolerations",
    ];

    /// <summary>The file that says where the API is and who asks; null for the one that <c>kubectl</c> takes, or the account of the pod that this runs in.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The context of that file; null for its current one.</summary>
    public string? Context { get; init; }

    /// <summary>The namespace; null for the context's.</summary>
    public string? Namespace { get; init; }

    /// <summary>Runhouse's folder in pods, with the hosts' programs and state; <c>~</c> is the home of the image's user.</summary>
    public string Directory { get; init; } = "~/.runhouse";

    /// <summary>The service account of pods; null for the namespace's default one.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>The image of pods.</summary>
    public string Image { get; init; } = "mcr.microsoft.com/dotnet/aspnet:10.0";

    /// <summary>The path of a pod template in YAML; null for none.</summary>
    public string? Template { get; init; }

    /// <summary>The labels of pods that exist already and are the hosts, as <c>kubectl get pods --selector</c> takes them; null where pods are made.</summary>
    public string? Selector { get; init; }

    /// <summary>The resource by which accelerators are asked for.</summary>
    public string GpuResource { get; init; } = "nvidia.com/gpu";

    /// <summary>The label of nodes that has the name of their accelerators; null where all have the same.</summary>
    public string? GpuSelector { get; init; }

    /// <summary>What that label has for the names that code asks for, where it is another one.</summary>
    public IReadOnlyDictionary<string, string> GpuNames { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels that nodes must have.</summary>
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>();

    /// <summary>Taints that are tolerated.</summary>
    public IReadOnlyList<PodToleration> Tolerations { get; init; } = [];

    /// <summary>The queue of Kueue that pods wait in; null for none.</summary>
    public string? Queue { get; init; }

    /// <summary>The priority class of pods; null for the cluster's default one.</summary>
    public string? PriorityClass { get; init; }

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <exception cref="RunhouseConfigurationException">A key is unknown or a value is not allowed.</exception>
    public static KubernetesOptions Read(IConfiguration section)
    {
        if (section.GetChildren().FirstOrDefault(static child => !Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new RunhouseConfigurationException($"Runhouse:Kubernetes:{unknown.Key} is not a key of the provider kubernetes. The keys are {string.Join(", ", Keys)}.");
        if (Text(section, "Selector") is { } selector && Text(section, "Template") is not null)
            throw new RunhouseConfigurationException($"Runhouse:Kubernetes:Selector = \"{selector}\" takes pods that exist, of which Runhouse:Kubernetes:Template makes none. Leave one of them out.");
        var defaults = new KubernetesOptions();
        return new KubernetesOptions
        {
            Kubeconfig = FileOf(section, "Kubeconfig"),
            Context = Text(section, "Context"),
            Namespace = Text(section, "Namespace"),
            Directory = Text(section, "Directory") ?? defaults.Directory,
            ServiceAccount = Text(section, "ServiceAccount"),
            Image = Text(section, "Image") ?? defaults.Image,
            Template = FileOf(section, "Template"),
            Selector = Text(section, "Selector"),
            GpuResource = Text(section, "GpuResource") ?? defaults.GpuResource,
            GpuSelector = Text(section, "GpuSelector"),
            GpuNames = Pairs(section, "GpuNames"),
            NodeSelector = Pairs(section, "NodeSelector"),
            Tolerations = [.. Texts(section, "Tolerations").Select(static text => PodToleration.TryParse(text)
                ?? throw NotAllowed("Tolerations", text, "KEY, KEY=VALUE, KEY:EFFECT or KEY=VALUE:EFFECT, with commas between them"))],
            Queue = Text(section, "Queue"),
            PriorityClass = Text(section, "PriorityClass"),
        };
    }

    private static string? Text(IConfiguration section, string key) => section[key] is { Length: > 0 } text ? text : null;

    private static string? FileOf(IConfiguration section, string key) => Text(section, key) switch
    {
        null => null,
        ['~', '/', .. var rest] => FileOf(key, Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), rest)),
        { } path => FileOf(key, path),
    };

    private static string FileOf(string key, string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new RunhouseConfigurationException($"Runhouse:Kubernetes:{key} = \"{path}\" is no file. Write the path of one, whole or from the working directory.");

    // A list of configuration, or one text with commas, as an environment variable has it.
    private static IEnumerable<string> Texts(IConfiguration section, string key)
    {
        IEnumerable<string?> texts = section[key] is { } one ? one.Split(',') : section.GetSection(key).GetChildren().Select(static child => child.Value);
        return texts.OfType<string>().Select(static text => text.Trim()).Where(static text => text.Length > 0);
    }

    // A section of configuration, or one text with commas: KEY=VALUE,KEY=VALUE.
    private static Dictionary<string, string> Pairs(IConfiguration section, string key)
    {
        if (section[key] is null)
            return section.GetSection(key).GetChildren().ToDictionary(static child => child.Key, static child => child.Value ?? "", StringComparer.OrdinalIgnoreCase);
        var pairs = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string text in Texts(section, key))
        {
            if (text.Split('=', 2) is not [{ Length: > 0 } name, var value])
                throw NotAllowed(key, text, "NAME=VALUE, with commas between them");
            pairs[name] = value;
        }

        return pairs;
    }

    private static RunhouseConfigurationException NotAllowed(string key, string value, string allowed) => new($"Runhouse:Kubernetes:{key} = \"{value}\" is not allowed. Write {allowed}.");
}
