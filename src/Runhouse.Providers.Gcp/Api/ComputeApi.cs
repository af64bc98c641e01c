using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Runhouse.Providers.Gcp.Api;

/// <summary>The Compute Engine API, version 1, over HTTP.</summary>
internal sealed class ComputeApi : IComputeApi, IDisposable
{
    private const int LargestPage = 500;

    private readonly GcpAccount _account;
    private readonly GcpTiming _timing;
    private readonly TimeProvider _time;
    private readonly string _compute;
    private readonly string _projects;

    // The time of a request is said for each: waiting for an operation takes longer than others.
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(10), AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    public ComputeApi(GcpAccount account, GcpOptions options, GcpTiming timing, TimeProvider time)
    {
        (_account, _timing, _time) = (account, timing, time);
        string? own = options.ServiceUrl?.TrimEnd('/');
        _compute = $"{own ?? "https://compute.googleapis.com"}/compute/v1";
        _projects = $"{own ?? "https://cloudresourcemanager.googleapis.com"}/v1";
    }

    /// <inheritdoc/>
    public async Task<Operation> InsertInstanceAsync(string zone, Instance instance, Guid requestId, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, await InZoneAsync(zone, $"instances?requestId={requestId}", cancellationToken).ConfigureAwait(false),
        JsonContent.Create(instance, ComputeJson.Default.Instance), ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Instance> GetInstanceAsync(string zone, string name, CancellationToken cancellationToken) => await GetAsync(
        await InZoneAsync(zone, $"instances/{Escape(name)}", cancellationToken).ConfigureAwait(false), ComputeJson.Default.Instance, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> DeleteInstanceAsync(string zone, string name, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Delete, await InZoneAsync(zone, $"instances/{Escape(name)}", cancellationToken).ConfigureAwait(false), null, ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> StopInstanceAsync(string zone, string name, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, await InZoneAsync(zone, $"instances/{Escape(name)}/stop", cancellationToken).ConfigureAwait(false), null, ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> StartInstanceAsync(string zone, string name, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, await InZoneAsync(zone, $"instances/{Escape(name)}/start", cancellationToken).ConfigureAwait(false), null, ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> AttachDiskAsync(string zone, string name, AttachedDisk disk, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, await InZoneAsync(zone, $"instances/{Escape(name)}/attachDisk", cancellationToken).ConfigureAwait(false),
        JsonContent.Create(disk, ComputeJson.Default.AttachedDisk), ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> InsertDiskAsync(string zone, Disk disk, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, await InZoneAsync(zone, "disks", cancellationToken).ConfigureAwait(false),
        JsonContent.Create(disk, ComputeJson.Default.Disk), ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Disk> GetDiskAsync(string zone, string name, CancellationToken cancellationToken) => await GetAsync(
        await InZoneAsync(zone, $"disks/{Escape(name)}", cancellationToken).ConfigureAwait(false), ComputeJson.Default.Disk, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> DeleteDiskAsync(string zone, string name, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Delete, await InZoneAsync(zone, $"disks/{Escape(name)}", cancellationToken).ConfigureAwait(false), null, ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<DiskPage> ListDisksAsync(string filter, string? pageToken, CancellationToken cancellationToken) => await GetAsync(
        await InProjectAsync(null, Paged($"aggregated/disks?filter={Escape(filter)}&maxResults={LargestPage}", pageToken), cancellationToken).ConfigureAwait(false),
        ComputeJson.Default.DiskPage, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<InstancePage> ListInstancesAsync(string filter, string? pageToken, CancellationToken cancellationToken) => await GetAsync(
        await InProjectAsync(null, Paged($"aggregated/instances?filter={Escape(filter)}&maxResults={LargestPage}", pageToken), cancellationToken).ConfigureAwait(false),
        ComputeJson.Default.InstancePage, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> WaitAsync(Operation operation, CancellationToken cancellationToken)
    {
        // Its path alone: the link may name another of the API's addresses.
        string link = operation.SelfLink ?? "";
        int path = link.IndexOf("/projects/", StringComparison.Ordinal);
        if (path < 0)
            throw new ComputeException(404, "NoLink", $"the operation {operation.Name} has no link");
        return await SendAsync(HttpMethod.Post, $"{_compute}{link[path..]}/wait", null, ComputeJson.Default.Operation, cancellationToken, _timing.OperationWait).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<MachineImage> GetImageFromFamilyAsync(string project, string family, CancellationToken cancellationToken)
        => await GetAsync(await InProjectAsync(project, $"global/images/family/{Escape(family)}", cancellationToken).ConfigureAwait(false), ComputeJson.Default.MachineImage, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Firewall> GetFirewallAsync(string? project, string name, CancellationToken cancellationToken)
        => await GetAsync(await InProjectAsync(project, $"global/firewalls/{Escape(name)}", cancellationToken).ConfigureAwait(false), ComputeJson.Default.Firewall, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<Operation> InsertFirewallAsync(string? project, Firewall firewall, CancellationToken cancellationToken) => await SendAsync(
        HttpMethod.Post, await InProjectAsync(project, "global/firewalls", cancellationToken).ConfigureAwait(false),
        JsonContent.Create(firewall, ComputeJson.Default.Firewall), ComputeJson.Default.Operation, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ZonePage> ListZonesAsync(string? pageToken, CancellationToken cancellationToken) => await GetAsync(
        await InProjectAsync(null, Paged($"zones?maxResults={LargestPage}", pageToken), cancellationToken).ConfigureAwait(false), ComputeJson.Default.ZonePage, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> TestPermissionsAsync(IReadOnlyList<string> permissions, CancellationToken cancellationToken)
    {
        string project = await _account.GetProjectAsync(cancellationToken).ConfigureAwait(false);
        PermissionList has = await SendAsync(
            HttpMethod.Post, $"{_projects}/projects/{Escape(project)}:testIamPermissions",
            JsonContent.Create(new PermissionList(permissions), ComputeJson.Default.PermissionList), ComputeJson.Default.PermissionList, cancellationToken).ConfigureAwait(false);
        return has.Permissions ?? [];
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Paged(string path, string? pageToken) => pageToken is null ? path : $"{path}&pageToken={Escape(pageToken)}";

    private async Task<string> InProjectAsync(string? project, string path, CancellationToken cancellationToken)
        => $"{_compute}/projects/{Escape(project ?? await _account.GetProjectAsync(cancellationToken).ConfigureAwait(false))}/{path}";

    private Task<string> InZoneAsync(string zone, string path, CancellationToken cancellationToken) => InProjectAsync(null, $"zones/{Escape(zone)}/{path}", cancellationToken);

    private Task<T> GetAsync<T>(string url, JsonTypeInfo<T> type, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, url, null, type, cancellationToken);

    private async Task<T> SendAsync<T>(HttpMethod method, string url, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellationToken, TimeSpan longer = default)
    {
        using var limit = new CancellationTokenSource(_timing.RequestTimeout + longer, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = new HttpRequestMessage(method, url) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await _account.GetTokenAsync(stop.Token).ConfigureAwait(false));
        if (await _account.GetQuotaProjectAsync(stop.Token).ConfigureAwait(false) is { } payer)
            request.Headers.Add("X-Goog-User-Project", payer);
        using HttpResponseMessage response = await _http.SendAsync(request, stop.Token).ConfigureAwait(false);
        byte[] body = await response.Content.ReadAsByteArrayAsync(stop.Token).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw ComputeException.Of(response, body, _time.GetUtcNow());
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new HttpRequestException($"{url} answered what is not the API's: {exception.Message}", exception);
        }
    }
}
