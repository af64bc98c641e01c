using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Runhouse.Host.Hosting;

namespace Runhouse.Host.Images;

/// <summary>Remembers which steps of each image this machine has seen, on disk: a file for each image's name.</summary>
internal sealed class AppliedSteps(HostFolders folders)
{
    /// <summary>The hashes of the steps that were carried out, in order.</summary>
    public IReadOnlyList<string> Read(string image)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(image)), AppliedJson.Default.AppliedImage) is { } applied && applied.Image == image ? applied.Steps ?? [] : [];
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // Never applied, or a file that cannot be read: the steps run once more.
            return [];
        }
    }

    /// <summary>Notes the steps that count as carried out.</summary>
    public void Write(string image, IReadOnlyList<string> steps) =>
        HostFolders.WritePrivate(PathOf(image), JsonSerializer.SerializeToUtf8Bytes(new AppliedImage(image, steps), AppliedJson.Default.AppliedImage));

    private string PathOf(string image) =>
        Path.Combine(folders.Images, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(image)).AsSpan(0, 16)) + ".json");
}

/// <summary>The file of an image's steps.</summary>
internal sealed record AppliedImage(string Image, IReadOnlyList<string>? Steps);

/// <summary>The JSON of what images have done to this machine.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AppliedImage))]
[JsonSerializable(typeof(List<DeliveredFile>))]
internal sealed partial class AppliedJson : JsonSerializerContext;
