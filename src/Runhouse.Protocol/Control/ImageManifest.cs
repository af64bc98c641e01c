using System.Security.Cryptography;

namespace Runhouse.Protocol.Control;

/// <summary>The ordered steps that prepare a host (<c>POST /v1/images</c>). The answer is a stream of <see cref="OutputFrame"/>s with <see cref="ImageProgress"/> messages.</summary>
public sealed record ImageManifest
{
    /// <summary>What the image is for: the cluster's name. A host remembers for each name which steps it has carried out.</summary>
    public required string Name { get; init; }

    /// <summary>The container image that it starts from, for providers that start containers; null for the machine as it is.</summary>
    public string? Base { get; init; }

    /// <summary>The steps.</summary>
    public required IReadOnlyList<ImageStep> Steps { get; init; }

    /// <summary>
    /// A hash for each step, in lower-case hexadecimal: over what the step says, the content that it copies, and all before it. Two images with
    /// the same hash at a place are the same up to there. The values of secrets are not in it: they may change without a step having to run again.
    /// </summary>
    public IReadOnlyList<string> ComputeChain()
    {
        var chain = new string[Steps.Count];
        byte[] last = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"runhouse image 1\n{Base}"));
        for (int i = 0; i < chain.Length; i++)
        {
            using var hash = new StepHash();
            hash.Add(last);
            Steps[i].AddTo(hash);
            last = hash.Finish();
            chain[i] = Convert.ToHexStringLower(last);
        }

        return chain;
    }
}

/// <summary>The environment that an image left on a host (<c>GET /v1/images/environment?name=NAME</c>), for callers that do not declare the image themselves.</summary>
/// <param name="Environment">Its id.</param>
public sealed record ImageEnvironmentReply(string Environment);
