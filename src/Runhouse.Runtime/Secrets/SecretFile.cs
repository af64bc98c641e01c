namespace Runhouse.Runtime.Secrets;

/// <summary>A file of a secret. It shows where it goes and never what is in it.</summary>
/// <param name="Target">Where it goes on the host: absolute, <c>~/...</c>, or relative to the home of the host's user.</param>
/// <param name="Content">Its content.</param>
internal sealed record SecretFile(string Target, byte[] Content)
{
    /// <inheritdoc/>
    public override string ToString() => Target;
}
