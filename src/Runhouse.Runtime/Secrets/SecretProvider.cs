namespace Runhouse;

/// <summary>Services whose credentials <see cref="Secret.FromProvider(SecretProvider)"/> finds where their own tools keep them.</summary>
public enum SecretProvider
{
    /// <summary>Amazon Web Services: <c>AWS_ACCESS_KEY_ID</c> and its like, <c>~/.aws/credentials</c>, <c>~/.aws/config</c>.</summary>
    Aws,

    /// <summary>Google Cloud: the file that <c>GOOGLE_APPLICATION_CREDENTIALS</c> names, or the application default credentials of <c>gcloud</c>.</summary>
    Gcp,

    /// <summary>Microsoft Azure: <c>AZURE_CLIENT_ID</c> and its like, the login of <c>az</c> in <c>~/.azure</c>.</summary>
    Azure,

    /// <summary>GitHub: <c>GH_TOKEN</c>, <c>GITHUB_TOKEN</c>, <c>~/.config/gh/hosts.yml</c>.</summary>
    GitHub,

    /// <summary>Hugging Face: <c>HF_TOKEN</c>, <c>~/.cache/huggingface/token</c>.</summary>
    HuggingFace,

    /// <summary>OpenAI: <c>OPENAI_API_KEY</c> and its like.</summary>
    OpenAI,

    /// <summary>Anthropic: <c>ANTHROPIC_API_KEY</c> and its like.</summary>
    Anthropic,

    /// <summary>Kubernetes: the file that <c>KUBECONFIG</c> names, or <c>~/.kube/config</c>.</summary>
    Kubernetes,

    /// <summary>SSH: the keys <c>~/.ssh/id_ed25519</c>, <c>id_ecdsa</c> and <c>id_rsa</c>.</summary>
    Ssh,

    /// <summary>Docker: <c>DOCKER_AUTH_CONFIG</c>, <c>~/.docker/config.json</c>.</summary>
    Docker,

    /// <summary>Weights and Biases: <c>WANDB_API_KEY</c>, or the key for <c>api.wandb.ai</c> in <c>~/.netrc</c>.</summary>
    WeightsAndBiases,
}
