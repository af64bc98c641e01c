using System.Text;
using Runhouse.Runtime.Secrets;

namespace Runhouse.Runtime.Tests.Secrets;

public sealed class SecretTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void It_shows_its_name_and_never_a_value()
    {
        Secret secret = Secret.FromValues("token", new Dictionary<string, string> { ["TOKEN"] = "very-secret-value" });
        Assert.Equal("secret token", secret.ToString());
        Assert.Equal(["TOKEN"], secret.Variables);
        Assert.DoesNotContain("very-secret-value", new SecretFile("~/x", Encoding.UTF8.GetBytes("very-secret-value")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_the_environment_it_takes_the_variables_that_it_names()
    {
        Secret secret = Secret.FromEnvironment("path", "PATH");
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), secret.Values["PATH"]);
        string message = Assert.Throws<InvalidOperationException>(static () => Secret.FromEnvironment("x", "PATH", "RUNHOUSE_TEST_UNSET_1", "RUNHOUSE_TEST_UNSET_2")).Message;
        Assert.Contains("RUNHOUSE_TEST_UNSET_1, RUNHOUSE_TEST_UNSET_2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_from_elsewhere_has_a_place_of_its_own_and_one_of_the_home_the_same()
    {
        string path = _home.Write("key.pem", "x");
        Assert.Equal(["~/.secrets/key/key.pem"], Secret.FromFile("key", path).Files);
        Assert.Equal(["/etc/key"], Secret.FromFile("key", path, "/etc/key").Files);
        Assert.Throws<FileNotFoundException>(() => Secret.FromFile("key", path + "x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../a")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    public void A_name_is_simple(string name) => Assert.Throws<ArgumentException>(() => Secret.FromValues(name, new Dictionary<string, string> { ["A"] = "b" }));

    [Theory]
    [InlineData("aws", ".aws/credentials", "~/.aws/credentials")]
    [InlineData("gcp", ".config/gcloud/application_default_credentials.json", "~/.config/gcloud/application_default_credentials.json")]
    [InlineData("azure", ".azure/msal_token_cache.json", "~/.azure/msal_token_cache.json")]
    [InlineData("github", ".config/gh/hosts.yml", "~/.config/gh/hosts.yml")]
    [InlineData("huggingface", ".cache/huggingface/token", "~/.cache/huggingface/token")]
    [InlineData("kubernetes", ".kube/config", "~/.kube/config")]
    [InlineData("ssh", ".ssh/id_ed25519", "~/.ssh/id_ed25519")]
    [InlineData("docker", ".docker/config.json", "~/.docker/config.json")]
    public void Files_of_known_services(string provider, string path, string target)
    {
        if (OperatingSystem.IsWindows())
            return;
        _home.Write(path, "content");
        Secret secret = Read(provider);
        Assert.Equal((provider, 0), (secret.Name, secret.Variables.Count));
        Assert.Equal([target], secret.Files);
    }

    [Theory]
    [InlineData("aws", "AWS_SECRET_ACCESS_KEY")]
    [InlineData("azure", "AZURE_CLIENT_SECRET")]
    [InlineData("github", "GITHUB_TOKEN")]
    [InlineData("huggingface", "HF_TOKEN")]
    [InlineData("openai", "OPENAI_API_KEY")]
    [InlineData("anthropic", "ANTHROPIC_API_KEY")]
    [InlineData("wandb", "WANDB_API_KEY")]
    public void Variables_of_known_services(string provider, string variable)
        => Assert.Equal("the-value", Read(provider, (variable, "the-value")).Values[variable]);

    [Fact]
    public void Settings_come_along_with_credentials_and_are_none()
    {
        Assert.Throws<InvalidOperationException>(() => Read("aws", ("AWS_REGION", "eu-central-1")));
        Secret secret = Read("aws", ("AWS_REGION", "eu-central-1"), ("AWS_ACCESS_KEY_ID", "AKIA"));
        Assert.Equal(["AWS_ACCESS_KEY_ID", "AWS_REGION"], secret.Variables);
        Assert.Equal(["AWS_REGION"], secret.Settings);
    }

    [Fact]
    public void A_variable_can_name_another_file_or_folder_which_goes_to_the_usual_place()
    {
        string key = _home.Write("elsewhere/key.json", "service account");
        Secret secret = Read("gcp", ("GOOGLE_APPLICATION_CREDENTIALS", key));
        Assert.Equal(["~/.config/gcloud/application_default_credentials.json"], secret.Files);
        Assert.Empty(secret.Variables);

        _home.Write("hf/token", "hf_x");
        Assert.Equal("hf_x", Encoding.UTF8.GetString(Read("huggingface", ("HF_HOME", Path.Combine(_home.Path, "hf"))).Contents[0].Content));
    }

    [Fact]
    public void Of_netrc_only_the_one_password_is_taken()
    {
        string path = _home.Write("netrc", "machine github.com login a password other-password\nmachine api.wandb.ai\n  login user\n  password wandb-key\n");
        Secret secret = Read("wandb", ("NETRC", path));
        Assert.Equal("wandb-key", Assert.Single(secret.Values).Value);
        Assert.Empty(secret.Files);
    }

    [Fact]
    public void Several_files_of_Kubernetes_are_not_guessed_about()
        => Assert.Contains("flatten", Assert.Throws<InvalidOperationException>(() => Read("kubernetes", ("KUBECONFIG", $"a{Path.PathSeparator}b"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_credentials_it_is_said_where_they_were_looked_for()
    {
        string message = Assert.Throws<InvalidOperationException>(() => Read("aws")).Message;
        Assert.Contains("AWS_ACCESS_KEY_ID", message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_home.Path, ".aws/credentials"), message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_service_is_an_error_that_lists_those_known()
        => Assert.Contains("aws, gcp, azure, github, huggingface, openai, anthropic, kubernetes, ssh, docker, wandb", Assert.Throws<ArgumentException>(static () => Secret.FromProvider("asw")).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_value_of_the_enumeration_has_a_service()
        => Assert.All(Enum.GetValues<SecretProvider>(), static provider => Assert.NotEmpty(KnownProvider.Of(provider).Name));

    private Secret Read(string provider, params (string Name, string Value)[] variables)
        => KnownProvider.Of(provider).Read(_home.Path, name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
