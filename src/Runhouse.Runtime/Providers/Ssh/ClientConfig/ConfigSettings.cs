using System.Globalization;
using System.Net;

namespace Runhouse.Runtime.Providers.Ssh.ClientConfig;

/// <summary>What the configuration says of one host, while it is read.</summary>
internal sealed class ConfigSettings
{
    private static readonly string[] Flags = ["yes", "true", "no", "false"];

    private readonly List<string> _identityFiles = [];
    private readonly List<string> _notes = [];
    private string? _hostName;
    private string? _user;
    private int? _port;
    private bool? _identitiesOnly;
    private string? _identityAgent;
    private IReadOnlyList<SshTarget>? _jumps;
    private ConfigLine? _proxyCommand;
    private IReadOnlyList<string>? _userKnownHosts;
    private IReadOnlyList<string>? _globalKnownHosts;
    private string? _hostKeyAlias;
    private TimeSpan? _connectTimeout;
    private TimeSpan? _aliveInterval;
    private int? _aliveCount;

    /// <summary>Begins with what the target says itself, which comes before any file.</summary>
    /// <param name="target">The target.</param>
    /// <param name="account">The account that logs in.</param>
    public ConfigSettings(SshTarget target, SshAccount account)
    {
        (Alias, Account, _user, _port) = (target.Host, account, target.User, target.Port);
    }

    /// <summary>The name as it was written.</summary>
    public string Alias { get; }

    /// <summary>The account that logs in.</summary>
    public SshAccount Account { get; }

    /// <summary>The name in the network, as far as it is known.</summary>
    public string HostName => _hostName ?? Alias;

    /// <summary>The user, as far as it is known.</summary>
    public string User => _user ?? Account.Name;

    /// <summary>Keeps a sentence about something that was left out of account.</summary>
    /// <param name="note">The sentence.</param>
    public void Note(string note) => _notes.Add(note);

    /// <summary>Takes a line that holds for the host: a key that was not seen before, or one that may be given several times.</summary>
    /// <param name="line">The line.</param>
    /// <exception cref="RunhouseConfigurationException">Its value is not allowed.</exception>
    public void Apply(ConfigLine line)
    {
        switch (line.Key)
        {
            case "hostname":
                _hostName ??= Tokens().Add('h', Alias).Expand(Value(line));
                break;
            case "user":
                _user ??= Value(line);
                break;
            case "port":
                _port ??= Number(line, 1, IPEndPoint.MaxPort);
                break;
            case "identityfile":
                if (!_identityFiles.Contains(Value(line)))
                    _identityFiles.Add(Value(line));
                break;
            case "identitiesonly":
                _identitiesOnly ??= Flag(line);
                break;
            case "identityagent":
                _identityAgent ??= Value(line);
                break;
            case "proxyjump":
                // The first of the two, ProxyJump and ProxyCommand, counts.
                if (_proxyCommand is null)
                    _jumps ??= Jumps(line);
                break;
            case "proxycommand":
                if (_jumps is null)
                    _proxyCommand ??= line;
                break;
            case "userknownhostsfile":
                _userKnownHosts ??= Files(line);
                break;
            case "globalknownhostsfile":
                _globalKnownHosts ??= Files(line);
                break;
            case "hostkeyalias":
                _hostKeyAlias ??= Value(line);
                break;
            case "connecttimeout":
                _connectTimeout ??= Value(line) == "none" ? TimeSpan.Zero : Time(line);
                break;
            case "serveraliveinterval":
                _aliveInterval ??= Time(line);
                break;
            case "serveralivecountmax":
                _aliveCount ??= Number(line, 1, int.MaxValue);
                break;
            default:
                // How ssh speaks and looks is not ours; StrictHostKeyChecking is not either: an unknown key is never accepted.
                break;
        }
    }

    /// <summary>What it all means.</summary>
    /// <exception cref="RunhouseConfigurationException">The way to the host is a command's, or a value holds a <c>%</c> that stands for nothing.</exception>
    public SshHost ToHost()
    {
        if (_proxyCommand is { } command && command.Values is not ["none", ..])
        {
            throw new RunhouseConfigurationException(
                $"{command.Place} reaches '{Alias}' by ProxyCommand \"{string.Join(' ', command.Values)}\", which Runhouse does not run. "
                + "Reach it by ProxyJump, or give it a Host of its own there with \"ProxyCommand none\" if it is reached directly.");
        }

        int port = _port ?? SshHost.DefaultPort;
        ConfigTokens tokens = Tokens().Add('h', HostName).Add('n', Alias).Add('p', port.ToString(CultureInfo.InvariantCulture)).Add('r', User)
            .Add('k', _hostKeyAlias ?? Alias).Add('d', Account.Home).Add('u', Account.Name).Add('l', Account.MachineName).Add('L', Account.MachineName.Split('.')[0]);
        return new SshHost(Alias, HostName, User, port)
        {
            IdentityFiles = [.. _identityFiles.Where(static file => !file.Equals("none", StringComparison.OrdinalIgnoreCase)).Select(tokens.ExpandPath)],
            IdentitiesOnly = _identitiesOnly ?? false,
            IdentityAgent = Agent(tokens),
            Jumps = [.. _jumps ?? []],
            UserKnownHostsFiles = Paths(_userKnownHosts, tokens, Path.Combine(Account.Folder, "known_hosts"), Path.Combine(Account.Folder, "known_hosts2")),
            GlobalKnownHostsFiles = Paths(_globalKnownHosts, tokens, Path.Combine(Path.GetDirectoryName(Account.SystemConfigFile)!, "ssh_known_hosts")),
            HostKeyAlias = _hostKeyAlias,
            ConnectTimeout = _connectTimeout is { Ticks: 0 } ? null : _connectTimeout,
            ServerAliveInterval = _aliveInterval,
            ServerAliveCountMax = _aliveCount,
            Notes = [.. _notes],
        };
    }

    private static EquatableList<string> Paths(IReadOnlyList<string>? files, ConfigTokens tokens, params IEnumerable<string> usual)
        => [.. files is null ? usual : files.Where(static file => file != "none").Select(tokens.ExpandPath)];

    private string? Agent(ConfigTokens tokens) => _identityAgent switch
    {
        null or "SSH_AUTH_SOCK" => Account.Variable("SSH_AUTH_SOCK") is { Length: > 0 } socket ? socket : null,
        "none" => null,
        ['$', .. var name] when name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') => Account.Variable(name) is { Length: > 0 } socket ? socket : null,
        _ => tokens.ExpandPath(_identityAgent),
    };

    private ConfigTokens Tokens() => new(Account);

    private static string Value(ConfigLine line) => line.Values is [{ Length: > 0 } value, ..] ? value : throw Wrong(line, "a value");

    private static IReadOnlyList<string> Files(ConfigLine line) => line.Values.Count > 0 ? line.Values : throw Wrong(line, "the paths of files, or none");

    private static bool Flag(ConfigLine line)
        => Array.FindIndex(Flags, flag => flag.Equals(Value(line), StringComparison.OrdinalIgnoreCase)) is >= 0 and int found ? found < 2 : throw Wrong(line, "yes or no");

    private static int Number(ConfigLine line, int from, int to)
        => int.TryParse(Value(line), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= from && number <= to
            ? number : throw Wrong(line, $"a number from {from} to {to}");

    private static TimeSpan Time(ConfigLine line) => ConfigTime.TryParse(Value(line), out TimeSpan time) ? time : throw Wrong(line, "a time, such as 30 (seconds) or 1m30s");

    private static IReadOnlyList<SshTarget> Jumps(ConfigLine line)
    {
        if (Value(line).Equals("none", StringComparison.OrdinalIgnoreCase))
            return [];
        return
        [
            .. Value(line).Split(',', StringSplitOptions.TrimEntries).Select(jump => SshTarget.TryParse(jump, out SshTarget? target, out string? problem)
                ? target : throw Wrong(line, $"machines as user@host:port with commas between them, or none: {problem}")),
        ];
    }

    private static RunhouseConfigurationException Wrong(ConfigLine line, string allowed)
        => new($"{line.Key} in {line.Place} is \"{string.Join(' ', line.Values)}\". Write {allowed}.");
}
