namespace Runhouse.Runtime.Secrets;

/// <summary>Where the tools of a service keep its credentials.</summary>
/// <param name="Name">The service's name, which is its secret's.</param>
/// <param name="Variables">Environment variables; those that are set are taken.</param>
/// <param name="Files">Files; those that exist are taken.</param>
internal sealed record KnownProvider(string Name, string[] Variables, params CredentialFile[] Files)
{
    // Each as the service's own documentation gives it: AWS SDKs and Tools Reference Guide; Google "How Application Default Credentials works"; Azure
    // Identity EnvironmentCredential and the Azure CLI's configuration; GitHub CLI "gh help environment"; huggingface_hub "Environment variables"; the
    // client libraries of OpenAI and Anthropic; kubernetes.io "Organizing Cluster Access Using kubeconfig Files"; ssh(1); Docker CLI configuration; wandb
    // "Environment variables".
    private static readonly Dictionary<SecretProvider, KnownProvider> All = new()
    {
        [SecretProvider.Aws] = new(
            "aws",
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
            new CredentialFile("~/.aws/credentials") { FileVariable = "AWS_SHARED_CREDENTIALS_FILE" },
            new CredentialFile("~/.aws/config") { FileVariable = "AWS_CONFIG_FILE" })
        {
            Settings = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"],
        },
        [SecretProvider.Gcp] = new(
            "gcp",
            [],
            new CredentialFile("~/.config/gcloud/application_default_credentials.json")
            {
                FileVariable = "GOOGLE_APPLICATION_CREDENTIALS",
                FolderVariable = "CLOUDSDK_CONFIG",
                OnWindows = "gcloud/application_default_credentials.json",
            })
        {
            Settings = ["GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"],
        },
        [SecretProvider.Azure] = new(
            "azure",
            ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_SUBSCRIPTION_ID"],
            new CredentialFile("~/.azure/azureProfile.json") { FolderVariable = "AZURE_CONFIG_DIR" },
            new CredentialFile("~/.azure/msal_token_cache.json") { FolderVariable = "AZURE_CONFIG_DIR" },
            new CredentialFile("~/.azure/service_principal_entries.json") { FolderVariable = "AZURE_CONFIG_DIR" }),
        [SecretProvider.GitHub] = new(
            "github",
            ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN"],
            new CredentialFile("~/.config/gh/hosts.yml") { FolderVariable = "GH_CONFIG_DIR", OnWindows = "GitHub CLI/hosts.yml" })
        {
            Settings = ["GH_HOST"],
        },
        [SecretProvider.HuggingFace] = new(
            "huggingface",
            ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"],
            new CredentialFile("~/.cache/huggingface/token") { FileVariable = "HF_TOKEN_PATH", FolderVariable = "HF_HOME" }),
        [SecretProvider.OpenAI] = new("openai", ["OPENAI_API_KEY"]) { Settings = ["OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"] },
        [SecretProvider.Anthropic] = new("anthropic", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]) { Settings = ["ANTHROPIC_BASE_URL"] },
        [SecretProvider.Kubernetes] = new("kubernetes", [], new CredentialFile("~/.kube/config") { FileVariable = "KUBECONFIG" }),
        [SecretProvider.Ssh] = new(
            "ssh",
            [],
            new CredentialFile("~/.ssh/id_ed25519"),
            new CredentialFile("~/.ssh/id_ed25519.pub"),
            new CredentialFile("~/.ssh/id_ecdsa"),
            new CredentialFile("~/.ssh/id_ecdsa.pub"),
            new CredentialFile("~/.ssh/id_rsa"),
            new CredentialFile("~/.ssh/id_rsa.pub")),
        [SecretProvider.Docker] = new("docker", ["DOCKER_AUTH_CONFIG"], new CredentialFile("~/.docker/config.json") { FolderVariable = "DOCKER_CONFIG" }),
        [SecretProvider.WeightsAndBiases] = new("wandb", ["WANDB_API_KEY"])
        {
            NetworkLogin = ("api.wandb.ai", "WANDB_API_KEY"),
            Settings = ["WANDB_BASE_URL", "WANDB_ENTITY"],
        },
    };

    /// <summary>Environment variables that come along when there are credentials, and are none: what they hold is not hidden in output.</summary>
    public string[] Settings { get; private init; } = [];

    /// <summary>A machine of <c>~/.netrc</c> whose password is the credential, and the variable to deliver it in: the rest of that file is nobody's business.</summary>
    public (string Machine, string Variable)? NetworkLogin { get; private init; }

    /// <summary>The provider of a service.</summary>
    public static KnownProvider Of(SecretProvider provider) => All.TryGetValue(provider, out KnownProvider? known)
        ? known
        : throw new ArgumentOutOfRangeException(nameof(provider), provider, "Choose one of the values of SecretProvider.");

    /// <summary>The provider of that name.</summary>
    /// <exception cref="ArgumentException">None has that name; the message lists those known.</exception>
    public static KnownProvider Of(string name) => All.Values.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"No provider of credentials is named '{name}'. Those known: {string.Join(", ", All.Values.Select(static known => known.Name))}. For another one, use Secret.FromEnvironment or Secret.FromFile.",
            nameof(name));

    /// <summary>Reads the credentials that are there.</summary>
    /// <param name="home">The user's home.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="InvalidOperationException">There are none; the message says where they were looked for.</exception>
    public Secret Read(string home, Func<string, string?> variable)
    {
        Dictionary<string, string> variables = SetOf(Variables, variable);
        if (NetworkLogin is { } login && !variables.ContainsKey(login.Variable)
            && NetworkLogins.FindPassword(variable("NETRC") ?? Path.Combine(home, OperatingSystem.IsWindows() ? "_netrc" : ".netrc"), login.Machine) is { } password)
        {
            variables[login.Variable] = password;
        }

        SecretFile[] files = [.. Files.Select(file => file.Read(home, variable)).OfType<SecretFile>()];
        if (variables.Count + files.Length > 0)
        {
            Dictionary<string, string> settings = SetOf(Settings, variable);
            return new Secret(Name, variables.Concat(settings).ToDictionary(StringComparer.Ordinal), files) { Settings = [.. settings.Keys] };
        }

        IEnumerable<string> places = [.. Variables, .. Files.Select(file => file.Find(home, variable)), .. NetworkLogin is { Machine: var machine } ? [$"{machine} in ~/.netrc"] : Array.Empty<string>()];
        throw new InvalidOperationException(
            $"No credentials of {Name} were found; looked for {string.Join(", ", places)}. Log in with its own tool or set one of the variables, then try again.");
    }

    private static Dictionary<string, string> SetOf(string[] names, Func<string, string?> variable) => names.Select(name => (name, value: variable(name)))
        .Where(static pair => !string.IsNullOrEmpty(pair.value))
        .ToDictionary(static pair => pair.name, static pair => pair.value!, StringComparer.Ordinal);
}
