using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Runhouse.Providers.Gcp.Api;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Gcp;

/// <summary>Who asks: the credentials, as Google's library finds them, and the project.</summary>
internal sealed class GcpAccount : IDisposable
{
    /// <summary>What to do where there are no credentials.</summary>
    public const string Remedy = "Run 'gcloud auth application-default login', or set GOOGLE_APPLICATION_CREDENTIALS or Runhouse:Gcp:Credentials to the file of a service account's key.";

    /// <summary>What to do where no project is known.</summary>
    public const string ProjectRemedy = "Set Runhouse:Gcp:Project or GOOGLE_CLOUD_PROJECT, or run 'gcloud config set project PROJECT'.";

    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    // Off Google's own machines nothing answers at the place where theirs are, and the library waits for it.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly GcpOptions _options;
    private readonly TimeProvider _time;
    private readonly Remembered<string, GoogleCredential> _credential;
    private readonly Remembered<string, string> _project;

    public GcpAccount(GcpOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _credential = new Remembered<string, GoogleCredential>((_, cancellationToken) => LoadAsync(cancellationToken));
        _project = new Remembered<string, string>((_, cancellationToken) => FindProjectAsync(cancellationToken));
    }

    /// <summary>A token for a request.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="ComputeException">There are no credentials, or they are refused.</exception>
    public async Task<string> GetTokenAsync(CancellationToken cancellationToken)
    {
        ITokenAccess credential = await _credential.GetAsync("", cancellationToken).ConfigureAwait(false);
        try
        {
            return await credential.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (TokenResponseException exception)
        {
            int status = (int?)exception.StatusCode ?? 0;
            string said = exception.Error is { Error.Length: > 0 } error ? $"{error.Error}: {error.ErrorDescription}".TrimEnd(':', ' ') : exception.Message;
            throw new ComputeException(status, status is >= 500 or 429 ? "TokenUnavailable" : "TokenRefused", said, cause: exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or JsonException or Newtonsoft.Json.JsonException)
        {
            throw new ComputeException(0, "TokenRefused", ComputeFault.Innermost(exception), cause: exception);
        }
    }

    /// <summary>The project.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="ComputeException">None is known.</exception>
    public Task<string> GetProjectAsync(CancellationToken cancellationToken) => _project.GetAsync("", cancellationToken);

    /// <summary>The project that pays for the requests of a user's credentials; null where that is said by the credentials themselves.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<string?> GetQuotaProjectAsync(CancellationToken cancellationToken) => (await _credential.GetAsync("", cancellationToken).ConfigureAwait(false)).QuotaProject;

    /// <summary>Why there are no credentials or no project; null when there are. Nobody is asked whether they are good.</summary>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<string?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _credential.GetAsync("", cancellationToken).ConfigureAwait(false);
            await GetProjectAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (ComputeFault.IsOfRequest(exception, cancellationToken))
        {
            return exception is ComputeException { Code: "NoProject" } ? $"No project is known. {ProjectRemedy}" : $"There are no credentials: {ComputeFault.Innermost(exception).TrimEnd('.')}. {Remedy}";
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _credential.Dispose();
        _project.Dispose();
    }

    private async Task<GoogleCredential> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            GoogleCredential credential = _options.Credentials is { } file
                ? await FromFileAsync(file, cancellationToken).ConfigureAwait(false)
                : await Task.Run(GoogleCredential.GetApplicationDefaultAsync, cancellationToken).WaitAsync(Limit, _time, cancellationToken).ConfigureAwait(false);
            return credential.CreateScoped(Scope);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or UnauthorizedAccessException or TimeoutException or JsonException or Newtonsoft.Json.JsonException)
        {
            throw new ComputeException(0, "NoCredentials", ComputeFault.Innermost(exception), cause: exception);
        }
    }

    // Of whichever kind it is: the file is the user's own word.
    private static async Task<GoogleCredential> FromFileAsync(string file, CancellationToken cancellationToken)
    {
        using FileStream stream = File.OpenRead(file);
        using JsonDocument document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        string kind = document.RootElement.TryGetProperty("type", out JsonElement type) && type.GetString() is { } text ? text
            : throw new InvalidOperationException($"{file} is no file of credentials: it does not say of which type they are");
        return await CredentialFactory.FromFileAsync(file, kind, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> FindProjectAsync(CancellationToken cancellationToken)
    {
        if ((_options.Project ?? Environment.GetEnvironmentVariable("GOOGLE_CLOUD_PROJECT")) is { Length: > 0 } said)
            return said;
        GoogleCredential credential = await _credential.GetAsync("", cancellationToken).ConfigureAwait(false);
        string? found = credential.UnderlyingCredential is ServiceAccountCredential { ProjectId: { Length: > 0 } own } ? own
            : GcloudConfiguration.FindProject(Environment.GetEnvironmentVariable) is { Length: > 0 } configured ? configured
            : credential.UnderlyingCredential is ComputeCredential ? await MachineProjectAsync(cancellationToken).ConfigureAwait(false)
            : credential.QuotaProject;
        return found ?? throw new ComputeException(0, "NoProject", "no project is known");
    }

    // cloud.google.com/compute/docs/metadata: the project of the machine that this runs on.
    private static async Task<string> MachineProjectAsync(CancellationToken cancellationToken)
    {
        string host = Environment.GetEnvironmentVariable("GCE_METADATA_HOST") is { Length: > 0 } own ? own : "metadata.google.internal";
        using var http = new HttpClient { Timeout = Limit };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{host}/computeMetadata/v1/project/project-id");
        request.Headers.Add("Metadata-Flavor", "Google");
        using HttpResponseMessage response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }
}
