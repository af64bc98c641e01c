using System.CommandLine;
using System.CommandLine.Completions;

namespace Runhouse.Cli.Commands;

/// <summary>What several commands take.</summary>
internal static class Arguments
{
    /// <summary>The name of a cluster, completed from those that are saved.</summary>
    /// <param name="description">What it is for.</param>
    public static Argument<string> Cluster(string description = "The cluster's name; 'local' is this machine.")
    {
        var name = new Argument<string>("cluster") { Description = description, HelpName = "cluster" };
        name.CompletionSources.Add(Names);
        return name;
    }

    /// <summary>Names of clusters, completed from those that are saved.</summary>
    /// <param name="description">What they are for.</param>
    public static Argument<string[]> Clusters(string description)
    {
        var names = new Argument<string[]>("cluster") { Description = description, HelpName = "cluster", Arity = ArgumentArity.ZeroOrMore };
        names.CompletionSources.Add(Names);
        return names;
    }

    /// <summary>The name of a cluster that need not be given, completed from those that are saved.</summary>
    public static Option<string?> ClusterOption()
    {
        var name = new Option<string?>("--cluster") { Description = "The cluster's name; without it, the one that the configuration names, which is this machine if it names none.", HelpName = "cluster" };
        name.CompletionSources.Add(Names);
        return name;
    }

    /// <summary>Which host of a cluster.</summary>
    public static Option<int> Host() => new("--host") { Description = "Which of the cluster's hosts, from 0." };

    private static IEnumerable<CompletionItem> Names(CompletionContext context)
        => [.. Runhouse.Cluster.Names().Select(static name => new CompletionItem(name)), new CompletionItem("local")];
}
