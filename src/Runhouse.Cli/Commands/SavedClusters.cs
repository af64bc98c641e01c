using Runhouse.Cli.Output;

namespace Runhouse.Cli.Commands;

/// <summary>All saved clusters, for commands that are about each of them: one whose file is damaged is told of, and the others are there all the same.</summary>
/// <param name="Clusters">Those that can be read.</param>
/// <param name="AreAll">Whether these are all.</param>
internal sealed record SavedClusters(IReadOnlyList<Cluster> Clusters, bool AreAll)
{
    /// <summary>Reads them.</summary>
    /// <param name="terminal">Where the damaged ones are told.</param>
    public static SavedClusters Read(Terminal terminal)
    {
        var clusters = new List<Cluster>();
        bool areAll = true;
        foreach (string name in Cluster.Names())
        {
            try
            {
                clusters.Add(Cluster.Get(name));
            }
            catch (RemoteNotFoundException)
            {
                // Taken down since the names were read.
            }
            catch (Exception damaged) when (damaged is RunhouseConfigurationException or ArgumentException)
            {
                terminal.Note($"error: {damaged.Message}");
                areAll = false;
            }
        }

        return new SavedClusters(clusters, areAll);
    }
}
