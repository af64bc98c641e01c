using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Slurm;

/// <summary>Which Slurm is asked, and as which of its users: one sees no job of another Slurm, and takes no other user's for one's own.</summary>
internal static class SlurmSite
{
    /// <summary>Asks Slurm itself: several machines to log in to may lead to one and the same, and one name of a machine to another one tomorrow.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="login">Where Slurm's commands run.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="DeploymentException">There is no Slurm.</exception>
    /// <exception cref="CredentialsException">It refuses the user.</exception>
    /// <exception cref="HostUnreachableException">It does not answer.</exception>
    public static async Task<AllocationSite> AskAsync(SlurmOptions options, SlurmLogin login, CancellationToken cancellationToken)
    {
        (CommandResult result, string output, string errors) = await login.RunAsync("id -un && uname -n && scontrol show config", input: null, cancellationToken).ConfigureAwait(false);
        if (!result.IsSuccess || output.Split('\n') is not [var user, var machine, .. var configuration])
            throw SlurmRefusal.Of("The name of Slurm's cluster", errors);
        return new AllocationSite(
            IdOf(user.Trim(), machine.Trim(), configuration),
            options.Login is { } target ? $"Runhouse:Slurm:Login = {target}" : $"no Runhouse:Slurm:Login, on {machine.Trim()}");
    }

    /// <summary>The site of what Slurm says.</summary>
    /// <param name="user">The user.</param>
    /// <param name="machine">The machine on which its commands run.</param>
    /// <param name="configuration">Its configuration, in lines of <c>Name = value</c>.</param>
    internal static string IdOf(string user, string machine, IReadOnlyList<string> configuration)
    {
        string cluster = ValueOf("ClusterName") ?? "";

        // Names of clusters are those of their operators' taste. SlurmctldHost[0] = h1(10.0.0.1); ControlMachine was its name before.
        string controller = (ValueOf("SlurmctldHost[0]") ?? ValueOf("SlurmctldHost") ?? ValueOf("ControlMachine") ?? "").Split('(')[0];
        return $"{user} on Slurm's cluster {cluster} (controller {(controller is "localhost" or "" ? machine : controller)})";

        string? ValueOf(string name) => configuration.Select(static line => line.Split('=', 2, StringSplitOptions.TrimEntries)).FirstOrDefault(pair => pair.Length == 2 && pair[0] == name)?[1];
    }
}
