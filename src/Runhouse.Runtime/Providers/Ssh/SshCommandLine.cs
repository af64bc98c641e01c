using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse;

/// <summary>How this machine's own <c>ssh</c> reaches a machine in the way in which Runhouse does.</summary>
public static class SshCommandLine
{
    /// <summary>The arguments of <c>ssh</c> up to the machine: the file and the keys that <c>Runhouse:Ssh</c> names, and the machine.</summary>
    /// <param name="machine">The machine: <c>user@address:port</c>, or a name from <c>~/.ssh/config</c>.</param>
    public static IReadOnlyList<string> Arguments(string machine)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(machine);
        SshOptions options = OptionsLoader.Load(RunhouseHome.Current).Ssh;
        var arguments = new List<string>();
        if (options.ConfigFile is { } file)
            arguments.AddRange(["-F", file == "none" ? file : SshAccount.Current.Expand(file)]);
        foreach (string key in options.KeyFiles)
            arguments.AddRange(["-i", SshAccount.Current.Expand(key)]);
        if (options.KeyFiles.Count > 0)
            arguments.AddRange(["-o", "IdentitiesOnly=yes"]);

        // A port is taken in this form only.
        arguments.Add(machine.Contains("://", StringComparison.Ordinal) ? machine : $"ssh://{machine}");
        return arguments;
    }
}
