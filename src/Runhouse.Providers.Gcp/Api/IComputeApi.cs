namespace Runhouse.Providers.Gcp.Api;

/// <summary>What the provider needs of the Compute Engine API. Each request is sent once; an error of the API is a <see cref="ComputeException"/>.</summary>
internal interface IComputeApi
{
    /// <summary>Asks for an instance.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="requestId">Tells this request from others: sent again with the same id, it makes nothing new.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> InsertInstanceAsync(string zone, Instance instance, Guid requestId, CancellationToken cancellationToken);

    /// <summary>Gives an instance.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Instance> GetInstanceAsync(string zone, string name, CancellationToken cancellationToken);

    /// <summary>Deletes an instance.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> DeleteInstanceAsync(string zone, string name, CancellationToken cancellationToken);

    /// <summary>Stops an instance, which keeps its disk.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> StopInstanceAsync(string zone, string name, CancellationToken cancellationToken);

    /// <summary>Starts an instance that was stopped.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> StartInstanceAsync(string zone, string name, CancellationToken cancellationToken);

    /// <summary>Gives an instance a disk.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">The instance's name.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> AttachDiskAsync(string zone, string name, AttachedDisk disk, CancellationToken cancellationToken);

    /// <summary>Makes a disk.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> InsertDiskAsync(string zone, Disk disk, CancellationToken cancellationToken);

    /// <summary>Gives a disk.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Disk> GetDiskAsync(string zone, string name, CancellationToken cancellationToken);

    /// <summary>Deletes a disk.</summary>
    /// <param name="zone">The zone.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> DeleteDiskAsync(string zone, string name, CancellationToken cancellationToken);

    /// <summary>A page of the project's disks in all zones.</summary>
    /// <param name="filter">Which ones, in the API's words.</param>
    /// <param name="pageToken">What the page before says; null for the first.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<DiskPage> ListDisksAsync(string filter, string? pageToken, CancellationToken cancellationToken);

    /// <summary>A page of the project's instances in all zones.</summary>
    /// <param name="filter">Which ones, in the API's words.</param>
    /// <param name="pageToken">What the page before says; null for the first.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<InstancePage> ListInstancesAsync(string filter, string? pageToken, CancellationToken cancellationToken);

    /// <summary>Waits for an operation as long as the API does, and gives it as it is then: not always done.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> WaitAsync(Operation operation, CancellationToken cancellationToken);

    /// <summary>The newest image of a family.</summary>
    /// <param name="project">Whose it is.</param>
    /// <param name="family">The family.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<MachineImage> GetImageFromFamilyAsync(string project, string family, CancellationToken cancellationToken);

    /// <summary>Gives a firewall rule.</summary>
    /// <param name="project">Whose it is; null for the project of the machines.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Firewall> GetFirewallAsync(string? project, string name, CancellationToken cancellationToken);

    /// <summary>Makes a firewall rule.</summary>
    /// <param name="project">Whose it is; null for the project of the machines.</param>
    /// <param name="firewall">The rule.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<Operation> InsertFirewallAsync(string? project, Firewall firewall, CancellationToken cancellationToken);

    /// <summary>A page of the zones that the project may use.</summary>
    /// <param name="pageToken">What the page before says; null for the first.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<ZonePage> ListZonesAsync(string? pageToken, CancellationToken cancellationToken);

    /// <summary>Those of some permissions that the credentials have in the project.</summary>
    /// <param name="permissions">The permissions.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    Task<IReadOnlyList<string>> TestPermissionsAsync(IReadOnlyList<string> permissions, CancellationToken cancellationToken);
}
