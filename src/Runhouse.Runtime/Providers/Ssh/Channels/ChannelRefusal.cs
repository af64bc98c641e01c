namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Why a machine opens no channel (RFC 4254, section 5.1).</summary>
/// <param name="Reason">The reason's number.</param>
/// <param name="Text">What it says.</param>
internal sealed record ChannelRefusal(uint Reason, string Text)
{
    /// <summary>The machine's configuration forbids it.</summary>
    public bool IsForbidden => Reason == 1;

    /// <inheritdoc/>
    public override string ToString() => Text.Length > 0 ? Text : $"reason {Reason}";
}
