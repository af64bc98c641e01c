namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>How machines are reached by SSH, beyond what <c>~/.ssh/config</c> says.</summary>
internal sealed record SshSettings
{
    /// <summary>How long it may take until a machine answers and lets this account in, over all machines that lead to it.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The files of the keys to log in with; none for those of the configuration, or else the usual ones.</summary>
    public EquatableList<string> KeyFiles { get; init; } = [];

    /// <summary>Asks for the passphrase of a key file; null gives none. Null for <c>RUNHOUSE_SSH_PASSPHRASE</c>. The time that it takes does not count.</summary>
    public Func<string, string?>? Passphrase { get; init; }

    /// <summary>The password of the user on the machine, never shown to the machines that lead there; null for <c>RUNHOUSE_SSH_PASSWORD</c>.</summary>
    public string? Password { get; init; }

    /// <summary>The fingerprint of the machine's host key, <c>SHA256:...</c>; null for what <c>known_hosts</c> says.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The file to read instead of <c>~/.ssh/config</c>; <c>none</c> for no file, null for the usual ones.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The account that logs in.</summary>
    public SshAccount Account { get; init; } = SshAccount.Current;

    /// <summary>After how much silence the machine is asked whether it still answers, where the configuration does not say; zero for never.</summary>
    public TimeSpan AliveInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many such questions may stay without an answer before the connection is given up, where the configuration does not say.</summary>
    public int AliveCount { get; init; } = 3;

    /// <summary>What the configuration of Runhouse says.</summary>
    /// <param name="options">The configuration.</param>
    public static SshSettings From(RunhouseOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        ConfigFile = options.Ssh.ConfigFile,
        KeyFiles = [.. options.Ssh.KeyFiles],
        Passphrase = options.Ssh.Passphrase is { } passphrase ? _ => passphrase : null,
        Password = options.Ssh.Password,
        Fingerprint = options.Ssh.Fingerprint,
    };
}
