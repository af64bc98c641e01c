using System.Text;

namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>What <c>%h</c> and the like stand for in values of the configuration.</summary>
/// <param name="account">The account that logs in.</param>
internal sealed class ConfigTokens(SshAccount account)
{
    private readonly Dictionary<char, string> _values = new() { ['%'] = "%" };

    /// <summary>Adds a token.</summary>
    /// <param name="token">Its letter.</param>
    /// <param name="value">What it stands for.</param>
    public ConfigTokens Add(char token, string value)
    {
        _values[token] = value;
        return this;
    }

    /// <summary>Replaces the tokens in a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="RunhouseConfigurationException">A token stands for nothing.</exception>
    public string Expand(string value) => Expand(value, variables: false);

    /// <summary>Replaces <c>~</c>, <c>${VARIABLE}</c> and the tokens in a path.</summary>
    /// <param name="path">The path.</param>
    /// <exception cref="RunhouseConfigurationException">A token or a variable stands for nothing.</exception>
    public string ExpandPath(string path) => Expand(account.Expand(path), variables: true);

    private string Expand(string value, bool variables)
    {
        var text = new StringBuilder(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '%')
            {
                text.Append(++i < value.Length && _values.TryGetValue(value[i], out string? known) ? known : throw new RunhouseConfigurationException(
                    $"\"{value}\" in the configuration of SSH holds %{(i < value.Length ? value[i] : "")}, which stands for nothing there. "
                    + $"Write one of {string.Join(' ', _values.Keys.Order().Select(static key => $"%{key}"))}."));
            }
            else if (variables && value.AsSpan(i).StartsWith("${") && value.IndexOf('}', i) is >= 0 and int end)
            {
                string name = value[(i + 2)..end];
                text.Append(account.Variable(name) ?? throw new RunhouseConfigurationException(
                    $"\"{value}\" in the configuration of SSH names the environment variable {name}, which is not set. Set it, or write the path without it."));
                i = end;
            }
            else
            {
                text.Append(value[i]);
            }
        }

        return text.ToString();
    }
}
