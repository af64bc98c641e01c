namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>Reads the files of OpenSSH's client configuration from top to bottom and keeps what holds for one host.</summary>
/// <param name="settings">Takes what holds.</param>
/// <param name="account">The account that logs in.</param>
internal sealed class ConfigReader(ConfigSettings settings, SshAccount account)
{
    // OpenSSH's own limit.
    private const int MaxDepth = 16;

    private bool _active;

    /// <summary>Reads a file and those that it includes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">Where relative paths in <c>Include</c> begin.</param>
    /// <param name="mustExist">Whether a missing file is an error.</param>
    /// <exception cref="RunhouseConfigurationException">A line cannot be understood, or a file cannot be read.</exception>
    public void Read(string path, string folder, bool mustExist)
    {
        if (!mustExist && !File.Exists(path))
            return;
        _active = true;
        Read(path, folder, depth: 0, mayActivate: true);
    }

    private void Read(string path, string folder, int depth, bool mayActivate)
    {
        string[] texts;
        try
        {
            texts = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunhouseConfigurationException($"{account.Shorten(path)}, the configuration of SSH, cannot be read: {e.Message} Correct the path or the file's permissions.", e);
        }

        for (int i = 0; i < texts.Length; i++)
        {
            if (!ConfigLine.TryParse(account.Shorten(path), i + 1, texts[i], out ConfigLine? line))
                continue;
            switch (line.Key)
            {
                case "host":
                    _active = mayActivate && SshPattern.MatchesAny(line.Values, settings.Alias);
                    break;
                case "match":
                    _active = mayActivate && new MatchCriteria(line, settings).AreMet(noteUnknown: mayActivate);
                    break;
                case "include":
                    Include(line, folder, depth);
                    break;
                default:
                    if (_active)
                        settings.Apply(line);
                    break;
            }
        }
    }

    // A file that is included under a Host that does not fit holds nothing for this host, whatever its own lines say.
    private void Include(ConfigLine line, string folder, int depth)
    {
        if (depth == MaxDepth)
            throw new RunhouseConfigurationException($"{line.Place} includes files more than {MaxDepth} deep. Remove the Include that leads back to a file that is being read.");
        bool active = _active;
        foreach (string value in line.Values)
        {
            foreach (string path in IncludedFiles.Find(Path.Combine(folder, account.Expand(value))))
            {
                _active = active;
                Read(path, folder, depth + 1, active);
            }
        }

        _active = active;
    }
}
