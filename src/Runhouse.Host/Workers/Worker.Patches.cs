using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Runhouse.Host.Deployments;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <content>Code that is changed while it runs.</content>
internal sealed partial class Worker
{
    private static readonly TimeSpan PatchPatience = TimeSpan.FromSeconds(30);

    private readonly Lock _changing = new();
    private volatile string _changes = "";
    private volatile string _settled = "";

    /// <summary>What was changed in its code since it was loaded: a hash over all patches in their order; empty for none.</summary>
    public string Changes => _changes;

    /// <summary>Whether its code was changed, and no deployment is known that has these changes: it serves those who are attached to it.</summary>
    public bool IsChanged => Changes != _settled;

    /// <summary>Has it change the bodies of methods. From the beginning it counts as changed, since nobody knows when it runs the new ones.</summary>
    /// <param name="changes">The changes on which these build.</param>
    /// <param name="patch">The change.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why it did not; null when it did.</returns>
    public async Task<string?> PatchAsync(string changes, CodePatch patch, CancellationToken cancellationToken)
    {
        string next = ChangesBy(changes, patch);
        if (!TryChange(changes, next))
            return "somebody else has changed its code meanwhile";
        PatchApplied? answer = await Questions.AskAsync<PatchApplied>(number => new ApplyPatch(number, patch), cancellationToken, PatchPatience).ConfigureAwait(false);
        if (answer is null)
            return _exit is { } exit ? $"it ended with {exit}" : "it does not answer";
        if (answer.Error is not null)
            TryChange(next, changes);
        return answer.Error;
    }

    /// <summary>What was changed once a patch is applied.</summary>
    /// <param name="changes">What was changed before.</param>
    /// <param name="patch">The patch.</param>
    public static string ChangesBy(string changes, CodePatch patch)
        => Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(changes), .. JsonSerializer.SerializeToUtf8Bytes(patch, ControlJson.Default.CodePatch)]));

    /// <summary>Takes it for a worker of another deployment from now on: its changes have made it one.</summary>
    public void Become(Deployment deployment)
    {
        if (Deployment?.Id != deployment.Id)
            Deployments = Deployments.Add(deployment);
        _settled = Changes;
    }

    private bool TryChange(string from, string to)
    {
        lock (_changing)
        {
            if (_changes != from)
                return false;
            _changes = to;
            return true;
        }
    }
}
