using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Runhouse.Providers.Compute;

namespace Runhouse.Providers.Gcp;

/// <summary>The key of a service account, in a file as Google's console gives it; the credentials of whoever runs the tests are not used.</summary>
internal static class ServiceAccountKey
{
    private static readonly Lazy<string> Pem = new(static () =>
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem();
    });

    /// <summary>Writes the file.</summary>
    /// <param name="compute">The server that gives tokens for it.</param>
    /// <param name="project">The project; null for none.</param>
    /// <param name="payer">The project that pays for requests; null for none said.</param>
    /// <param name="file">Where to; null for a temporary file.</param>
    public static string Write(FakeCompute compute, string? project = FakeCompute.Project, string? payer = null, string? file = null)
    {
        file ??= Path.GetTempFileName();
        File.WriteAllText(file, new JsonObject
        {
            ["type"] = "service_account",
            ["project_id"] = project,
            ["private_key_id"] = "1",
            ["private_key"] = Pem.Value,
            ["client_email"] = "runhouse@tests.iam.gserviceaccount.com",
            ["client_id"] = "1",
            ["quota_project_id"] = payer,
            ["token_uri"] = $"{compute.Url}/token",
        }.ToJsonString());
        return file;
    }

    [ModuleInitializer]
    internal static void HideOthers()
    {
        Environment.SetEnvironmentVariable("GOOGLE_APPLICATION_CREDENTIALS", Path.Combine(AppContext.BaseDirectory, "no-key.json"));
        Environment.SetEnvironmentVariable("GOOGLE_CLOUD_PROJECT", null);
        Environment.SetEnvironmentVariable("CLOUDSDK_CONFIG", Path.Combine(AppContext.BaseDirectory, "no-gcloud"));
        Environment.SetEnvironmentVariable("CLOUDSDK_CORE_PROJECT", null);
    }
}
