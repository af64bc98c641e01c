using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Runtime.Allocations;

/// <summary>Makes the error of a cluster that gets no nodes: what was asked for, what the scheduler says, and what to do.</summary>
internal static class AllocationFailure
{
    /// <summary>It waits in the queue, and is not waited for any longer.</summary>
    /// <param name="allocation">The allocation, as the scheduler had it.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="waited">For how long it was waited.</param>
    /// <param name="isGivenBack">Whether what waited was given back.</param>
    public static RemoteException NotPlaced(Allocation allocation, ClusterSpec cluster, TimeSpan waited, bool isGivenBack)
    {
        string what = $"{allocation} for cluster '{cluster.Name}', {cluster.Describe()}";
        string end = isGivenBack ? "It was given back." : $"What it has of it stays, as it may be in use, until the cluster is taken down (runhouse down {cluster.Name}).";
        return allocation.Failure switch
        {
            ProvisioningFailure.Authentication => new CredentialsException($"{what}, is not placed: {Words(allocation)} {end} Allow the user what it names, and call again."),
            ProvisioningFailure.Unsupported or ProvisioningFailure.Configuration => new DeploymentException($"{what}, cannot be placed, however long it waits: {Words(allocation)} {end} Correct what it names, and call again."),
            ProvisioningFailure.Quota => new QuotaException($"{what}, was not placed in {TimeLimit.Text(waited)}: {Words(allocation)} {end} {Patience} or ask for less, or for more to be allowed to the user."),
            _ => new CapacityException($"{what}, was not placed in {TimeLimit.Text(waited)}: {Words(allocation)} {end} {Patience} or ask for less, or for what others do not use."),
        };
    }

    /// <summary>It ended while it was waited for.</summary>
    /// <param name="allocation">The allocation, as the scheduler has it.</param>
    /// <param name="cluster">The cluster.</param>
    public static RemoteException Ended(Allocation allocation, ClusterSpec cluster)
    {
        string what = $"{allocation} for cluster '{cluster.Name}' ended while it was waited for: {Words(allocation)}";
        return allocation.Failure switch
        {
            ProvisioningFailure.Authentication => new CredentialsException($"{what} Allow the user what it names, and call again."),
            ProvisioningFailure.Unsupported or ProvisioningFailure.Configuration => new DeploymentException($"{what} Correct what it names, and call again."),
            ProvisioningFailure.Quota => new QuotaException($"{what} Ask for less, or for more to be allowed to the user."),
            ProvisioningFailure.Capacity or ProvisioningFailure.Throttled => new CapacityException($"{what} Call again later, or ask for less."),
            _ => new HostUnreachableException($"{what} Somebody has withdrawn it, or taken the cluster down. Call again to ask for another one."),
        };
    }

    private const string Patience = "Wait longer (Runhouse:OnDemand:QueueTime),";

    private static string Words(Allocation allocation) => allocation.Reason.Length > 0 ? $"{allocation.Provider} says '{allocation.Reason.TrimEnd('.')}'." : $"{allocation.Provider} does not say why.";
}
