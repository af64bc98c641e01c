using System.Security.Cryptography;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace Runhouse.Runtime.Providers.Ssh.Credentials;

/// <summary>What this account can log in to a machine with, and in which order: named keys, the agent's, the usual ones, a password.</summary>
internal sealed class LoginCredentials
{
    private const string PassphraseVariable = "RUNHOUSE_SSH_PASSPHRASE";
    private const string PasswordVariable = "RUNHOUSE_SSH_PASSWORD";

    private static readonly string[] UsualFiles = ["id_ed25519", "id_ecdsa", "id_rsa"];

    private readonly SshHost _host;
    private readonly SshSettings _options;
    private readonly Patience _patience;
    private readonly List<LoginKey> _keys = [];
    private readonly List<string> _unused = [];
    private readonly string? _password;
    private AuthenticationMethod[] _methods = [];

    private LoginCredentials(SshHost host, SshSettings options, bool withPassword, Patience patience)
    {
        (_host, _options, _patience) = (host, options, patience);
        if (withPassword)
            _password = options.Password ?? (options.Account.Variable(PasswordVariable) is { Length: > 0 } password ? password : null);
    }

    /// <summary>Looks for keys in files and asks the agent. Blocks.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="options">What the user gave.</param>
    /// <param name="withPassword">Whether the machine may see the password.</param>
    /// <param name="patience">The time for it.</param>
    public static LoginCredentials Collect(SshHost host, SshSettings options, bool withPassword, Patience patience)
    {
        var credentials = new LoginCredentials(host, options, withPassword, patience);
        credentials.CollectKeys();
        return credentials;
    }

    /// <summary>The ways to log in, for SSH.NET.</summary>
    public AuthenticationMethod[] Methods()
    {
        List<AuthenticationMethod> methods = [new PrivateKeyAuthenticationMethod(_host.User, [.. _keys])];
        if (_password is not null)
        {
            methods.Add(new PasswordAuthenticationMethod(_host.User, _password));
            methods.Add(Interactive(_password));
        }

        return _methods = [.. methods];
    }

    /// <summary>The error of a login that the machine refused.</summary>
    /// <param name="cause">What SSH.NET says.</param>
    /// <param name="tooMany">Whether the machine hung up after too many keys.</param>
    public CredentialsException Refused(Exception cause, bool tooMany)
    {
        string[] tried = [.. _keys.Where(static key => key.WasOffered).Select(static key => key.ToString()), .. _password is null ? Array.Empty<string>() : ["the password"]];
        string[] accepted = Accepted(cause);
        string message = $"{_host} refuses the login of '{_host.User}'. Tried: {(tried.Length == 0 ? "nothing, for there is nothing to try" : string.Join(", ", tried))}.";
        if (_unused.Count > 0)
            message += $" Not tried: {string.Join("; ", _unused)}.";
        if (accepted.Length > 0)
            message += $" The machine accepts: {string.Join(", ", accepted)}.";
        if (_host.Notes.Count > 0)
            message += " " + string.Join(' ', _host.Notes);
        return new CredentialsException($"{message} {Advice(tried.Length > 0, tooMany)}", cause);
    }

    // SSH.NET keeps what the machine accepts with the methods that it tried; when none fitted, it says so only in its message.
    private string[] Accepted(Exception cause)
    {
        string[] accepted = [.. _methods.SelectMany(static method => method.AllowedAuthentications ?? []).Distinct()];
        return accepted.Length == 0 && cause.Message.StartsWith("No suitable", StringComparison.Ordinal) && cause.Message.Split('(', ')') is [_, var names, ..] ? names.Split(',') : accepted;
    }

    private string Advice(bool triedAny, bool tooMany)
    {
        if (tooMany)
            return "It hung up after too many keys: name the right one (IdentityFile with IdentitiesOnly yes in ~/.ssh/config).";
        string copy = $"ssh-copy-id {(_host.Port == SshHost.DefaultPort ? "" : $"-p {_host.Port} ")}{_host.User}@{_host.HostName}";
        return triedAny
            ? $"Check the user's name, and that one of these keys stands in ~/.ssh/authorized_keys of '{_host.User}' there ({copy})."
            : $"Make a key (ssh-keygen -t ed25519) and bring it there ({copy}), or give a password ({PasswordVariable}).";
    }

    private void CollectKeys()
    {
        EquatableList<string> named = _options.KeyFiles.Count > 0 ? [.. _options.KeyFiles.Select(_options.Account.Expand)] : _host.IdentityFiles;
        List<AgentKey> held = ListAgent(out SshAgent? agent);
        foreach (string path in named)
            AddFile(path, isNamed: true, held, agent);
        if (!_host.IdentitiesOnly)
        {
            foreach (AgentKey key in held)
                AddAgentKey(key, agent!);
        }

        if (named.Count > 0)
            return;
        foreach (string path in UsualFiles.Select(name => Path.Combine(_options.Account.Folder, name)).Where(File.Exists))
            AddFile(path, isNamed: false, held, agent);
    }

    private List<AgentKey> ListAgent(out SshAgent? agent)
    {
        agent = _host.IdentityAgent is { } address ? new SshAgent(address) : null;
        if (agent is null)
            return [];
        try
        {
            return [.. agent.List()];
        }
        catch (IOException e)
        {
            _unused.Add($"the agent at {_host.IdentityAgent} ({e.Message})");
            return [];
        }
    }

    private void AddFile(string path, bool isNamed, List<AgentKey> held, SshAgent? agent)
    {
        string name = _options.Account.Shorten(path);
        if (!KeyFile.TryRead(path, out KeyFile? file, out string? problem))
        {
            if (isNamed)
                _unused.Add($"{name} {problem}");
            return;
        }

        // The agent signs without a passphrase.
        if ((file.IsEncrypted || file.IsPublicOnly) && held.Find(key => key.Key.Equals(file.PublicKey)) is { } same)
        {
            AddAgentKey(same, agent!);
            return;
        }

        if (file.IsPublicOnly)
        {
            _unused.Add($"{name} (the public half only, and no agent holds the private one)");
            return;
        }

        if (file.IsEncrypted && _options.Passphrase is null && _options.Account.Variable(PassphraseVariable) is not { Length: > 0 })
        {
            _unused.Add($"{name} (encrypted, and no passphrase was given: set {PassphraseVariable}, or add the key to an agent with ssh-add)");
            return;
        }

        var opened = new Lazy<HostAlgorithm>(() => Open(file, name));
        SshPublicKey publicKey = file.PublicKey ?? SshPublicKey.FromBlob(opened.Value.Data);
        if (file.Certificate is { } certificate)
            Add(new LoginKey(certificate, $"{name}-cert.pub", data => opened.Value.Sign(data)));
        Add(new LoginKey(publicKey, name, data => opened.Value.Sign(data)));
    }

    private void AddAgentKey(AgentKey key, SshAgent agent) => Add(new LoginKey(key.Key, $"the agent's key '{key.Comment}'", data =>
    {
        try
        {
            // Its owner may be asked to touch a device or to confirm.
            return _patience.Ask(() => agent.Sign(key.Key, data));
        }
        catch (IOException e)
        {
            throw new CredentialsException(
                $"{_host} takes the agent's key '{key.Comment}' ({key.Key}), but the agent at {_host.IdentityAgent} does not sign with it: {e.Message}. Unlock the agent or confirm there, then try again.", e);
        }
    }));

    private void Add(LoginKey key)
    {
        if (!_keys.Exists(other => other.Key.Equals(key.Key)))
            _keys.Add(key);
    }

    private HostAlgorithm Open(KeyFile file, string name)
    {
        string? passphrase = null;
        if (file.IsEncrypted)
        {
            passphrase = _options.Passphrase is { } ask ? _patience.Ask(() => ask(file.Path)) : _options.Account.Variable(PassphraseVariable);
            if (string.IsNullOrEmpty(passphrase))
                throw new CredentialsException($"{_host} takes the key in {name}, which is encrypted, and no passphrase was given. Give it, or add the key to an agent with: ssh-add {name}");
        }

        try
        {
            return file.Open(passphrase);
        }
        catch (CryptographicException e)
        {
            throw new CredentialsException(
                $"The key in {name} cannot be opened{(file.IsEncrypted ? " with the passphrase that was given" : "")}: {e.Message} "
                + $"Check it with: ssh-keygen -y -f {name}", e);
        }
    }

    // Many machines ask for a password this way only. A second question means that the answer was wrong.
    private KeyboardInteractiveAuthenticationMethod Interactive(string password)
    {
        var method = new KeyboardInteractiveAuthenticationMethod(_host.User);
        bool answered = false;
        method.AuthenticationPrompt += (_, question) =>
        {
            foreach (AuthenticationPrompt prompt in question.Prompts)
            {
                if (!answered && !prompt.IsEchoed)
                    prompt.Response = password;
                answered |= !prompt.IsEchoed;
            }
        };
        return method;
    }
}
