namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>
/// OpenSSH's client configuration (<c>man ssh_config</c>), as far as it says where a machine is and how to log in: the account's file, then this
/// machine's. The first value of a key counts. Nothing is run: what depends on a command is left out of account and noted.
/// </summary>
internal static class SshConfig
{
    /// <summary>Finds out what a target means.</summary>
    /// <param name="target">The target.</param>
    /// <param name="account">The account that logs in.</param>
    /// <param name="file">The file to read instead of the usual ones; null for these, <c>none</c> for no file.</param>
    /// <exception cref="RunhouseConfigurationException">A line cannot be understood, or asks for what Runhouse cannot do; the message names it.</exception>
    public static SshHost Resolve(SshTarget target, SshAccount account, string? file = null)
    {
        var settings = new ConfigSettings(target, account);
        var reader = new ConfigReader(settings, account);
        if (file is null)
        {
            reader.Read(account.ConfigFile, account.Folder, mustExist: false);
            reader.Read(account.SystemConfigFile, Path.GetDirectoryName(account.SystemConfigFile)!, mustExist: false);
        }
        else if (file != "none")
        {
            reader.Read(account.Expand(file), account.Folder, mustExist: true);
        }

        return settings.ToHost();
    }
}
