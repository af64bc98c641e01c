namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>The conditions of a <c>Match</c> line.</summary>
/// <param name="line">The line.</param>
/// <param name="settings">What was read so far.</param>
internal sealed class MatchCriteria(ConfigLine line, ConfigSettings settings)
{
    /// <summary>Whether all conditions are met. One that cannot be judged is not met, negated or not.</summary>
    /// <param name="noteUnknown">Whether a condition that cannot be judged is noted, where all the others are met.</param>
    /// <exception cref="RunhouseConfigurationException">A condition has no value, or there is none.</exception>
    public bool AreMet(bool noteUnknown)
    {
        if (line.Values.Count == 0)
            throw new RunhouseConfigurationException($"{line.Place} says Match without a condition. Add one, such as \"all\" or \"host NAME\".");
        string? unknown = null;
        bool met = true;
        for (int i = 0; i < line.Values.Count; i++)
        {
            (string criterion, string? value) = line.Values[i].Split('=', 2) is [var name, var text] ? (name, text) : (line.Values[i], null);
            bool negated = criterion.StartsWith('!');
            criterion = criterion.TrimStart('!').ToLowerInvariant();
            if (criterion is not ("all" or "canonical" or "final") && value is null)
            {
                if (++i == line.Values.Count)
                    throw new RunhouseConfigurationException($"{line.Place} gives \"{criterion}\" of Match no value. Add it, or remove the condition.");
                value = line.Values[i];
            }

            switch (criterion)
            {
                case "canonical" or "final":
                    // The names are taken as they are written, once: there is no second reading, which these two mean.
                    met &= negated;
                    break;
                case "exec" or "localnetwork" or "tagged" or "command" or "sessiontype" or "version":
                    unknown ??= criterion;
                    break;
                default:
                    met &= IsMet(criterion, value!) != negated;
                    break;
            }
        }

        if (unknown is null)
            return met;
        if (met && noteUnknown)
            settings.Note($"{line.Place} matches by \"{unknown}\", which is not evaluated: its settings are left out of account.");
        return false;
    }

    private bool IsMet(string criterion, string value) => criterion switch
    {
        "all" => true,
        "host" => SshPattern.MatchesList(value, settings.HostName),
        "originalhost" => SshPattern.MatchesList(value, settings.Alias),
        "user" => SshPattern.MatchesList(value, settings.User),
        "localuser" => SshPattern.MatchesList(value, settings.Account.Name),
        _ => throw new RunhouseConfigurationException($"{line.Place} matches by \"{criterion}\", which is no condition of Match. Correct the line."),
    };
}
