using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Runhouse.Providers.Compute;

/// <summary>What the server does with machines.</summary>
/// <param name="compute">The server.</param>
internal sealed partial class InstanceActions(FakeCompute compute)
{
    public JsonObject Insert(ComputeRequest request)
    {
        FakeZone zone = ZoneOf(request);
        if (request.Query.TryGetValue("requestId", out string? id) && compute.ByRequestId.TryGetValue(id, out FakeOperation? known))
            return known.ToJson(compute.Url);
        if (zone.Refusal(request) is { } refusal)
            throw refusal;
        Check(zone, request);
        string name = request["name"]!;
        ComputeRefusalException? exists = zone.Instances.ContainsKey(name) ? ComputeRefusalException.AlreadyExists($"projects/{request.Project}/zones/{zone.Name}/instances/{name}") : null;
        if (exists is not null && !compute.FindsLate)
            throw exists;
        (string Code, string Message, int Status)? error = exists is not null ? ("RESOURCE_ALREADY_EXISTS", exists.Message, 409) : zone.NextError(request["machineType"]!.Split('/')[^1]);
        var instance = new FakeInstance(request, TimeProvider.System.GetUtcNow()) { Looks = compute.StartingLooks };
        if (error is null && !compute.HidesUntilDone)
            Start(zone, instance);
        (bool dies, string? status) = error is null ? zone.NextDeath() : default;
        FakeOperation operation = compute.Begin(request, error, Task.CompletedTask, () =>
        {
            if (error is null && compute.HidesUntilDone)
                Start(zone, instance);
            if (dies && status is null)
                zone.Instances.Remove(name);
            else if (dies)
                instance.Status = status!;
        });
        if (id is not null)
            compute.ByRequestId[id] = operation;
        return operation.ToJson(compute.Url);
    }

    public JsonObject Get(ComputeRequest request)
    {
        FakeInstance instance = InstanceOf(request);
        instance.Look();
        return instance.ToJson(compute.Url);
    }

    public JsonObject Delete(ComputeRequest request)
    {
        FakeInstance instance = InstanceOf(request);
        instance.Status = "STOPPING";
        instance.MachineEnd ??= compute.Machines.StopAsync(instance.Name);
        return compute.Begin(request, null, instance.MachineEnd, () =>
        {
            ZoneOf(request).Instances.Remove(instance.Name);
            compute.DiskActions.Detach(instance);
        }).ToJson(compute.Url);
    }

    public JsonObject Stop(ComputeRequest request)
    {
        FakeInstance instance = InstanceOf(request);
        if (instance.MachineEnd is null)
        {
            instance.Status = "STOPPING";
            instance.MachineEnd = compute.Machines.StopAsync(instance.Name, keepsDisk: true);
        }

        return compute.Begin(request, null, instance.MachineEnd, instance.Settle).ToJson(compute.Url);
    }

    // What the API answers is that it begins; whether there is room is said by how that ends.
    public JsonObject StartAgain(ComputeRequest request)
    {
        FakeInstance instance = InstanceOf(request);
        FakeZone zone = ZoneOf(request);
        if (instance.Status is "RUNNING" or "PROVISIONING")
            return compute.Begin(request, null, Task.CompletedTask, static () => { }).ToJson(compute.Url);
        if (instance.Status != "TERMINATED")
            throw new ComputeRefusalException(400, "resourceNotReady", $"The resource '{request.Path}' is not ready");
        (string Code, string Message, int Status)? error = zone.NextError(instance.Request["machineType"]!.Split('/')[^1]);
        if (error is null)
        {
            (instance.Status, instance.MachineEnd, instance.Looks) = ("PROVISIONING", null, compute.StartingLooks);
            instance.Machine = compute.Machines.StartAsync(instance.ToMachine(() => compute.ShutDown(instance)));
        }

        (bool dies, string? status) = error is null ? zone.NextDeath() : default;
        return compute.Begin(request, error, Task.CompletedTask, () =>
        {
            if (dies)
                instance.Status = status!;
        }).ToJson(compute.Url);
    }

    public JsonObject List(ComputeRequest request)
    {
        (FakeZone Zone, FakeInstance Instance)[] all =
        [
            .. compute.Zones.Values.Where(static zone => !zone.IsUnreachable).SelectMany(zone => zone.Instances.Values.Where(one => Fits(one, request.Query.GetValueOrDefault("filter"))).Select(one => (zone, one))),
        ];
        int start = request.Query.TryGetValue("pageToken", out string? token) ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        (FakeZone Zone, FakeInstance Instance)[] page = [.. all.Skip(start).Take(compute.PageSize)];
        var items = new JsonObject();
        foreach ((_, FakeInstance instance) in page)
            instance.Settle();
        foreach (FakeZone zone in compute.Zones.Values)
        {
            JsonNode[] here = [.. page.Where(one => one.Zone == zone).Select(one => one.Instance.ToJson(compute.Url))];
            if (here.Length > 0)
                items[$"zones/{zone.Name}"] = new JsonObject { ["instances"] = new JsonArray(here) };
            else if (zone.IsUnreachable && compute.WarnsInScope)
                items[$"zones/{zone.Name}"] = Warning("UNREACHABLE", $"The zone {zone.Name} is unreachable.");
            else
                items[$"zones/{zone.Name}"] = Warning("NO_RESULTS_ON_PAGE", $"There are no results for scope 'zones/{zone.Name}' on this page.");
        }

        var answer = new JsonObject { ["kind"] = "compute#instanceAggregatedList", ["items"] = items };
        if (start + page.Length < all.Length)
            answer["nextPageToken"] = (start + page.Length).ToString(CultureInfo.InvariantCulture);
        string[] unreachable = [.. compute.Zones.Values.Where(static zone => zone.IsUnreachable).Select(static zone => $"projects/{FakeCompute.Project}/zones/{zone.Name}")];
        if (unreachable.Length > 0 && !compute.WarnsInScope)
            answer["unreachables"] = new JsonArray([.. unreachable.Select(static one => JsonValue.Create(one))]);
        return answer;
    }

    private void Start(FakeZone zone, FakeInstance instance)
    {
        zone.Instances[instance.Name] = instance;
        instance.Machine = compute.Machines.StartAsync(instance.ToMachine(() => compute.ShutDown(instance)));
    }

    private void Check(FakeZone zone, ComputeRequest request)
    {
        if (request["name"] is not { } name || !Name().IsMatch(name))
            throw Invalid("resource.name", request["name"], "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
        foreach ((string key, JsonNode? value) in request.Body["labels"]!.AsObject())
        {
            if (!Label().IsMatch(value!.ToString()))
                throw Invalid("resource.labels", $"{key}={value}", "Label value violates format constraints.");
        }

        string type = request["machineType"]!.Split('/')[^1];
        if (zone.MissingTypes.Contains(type))
            throw Invalid("resource.machineType", type, $"Machine type with name '{type}' does not exist in zone '{zone.Name}'.");
        string image = request["disks.0.initializeParams.sourceImage"]!;
        string path = image[image.IndexOf("projects/", StringComparison.Ordinal)..];
        (string Name, int Size) known = compute.Families.FirstOrDefault(one => path == $"projects/{one.Key.Split('/')[0]}/global/images/{one.Value.Name}").Value;
        if (known.Name is null)
            throw ComputeRefusalException.NotFound(path);
        if (request["disks.0.initializeParams.diskSizeGb"] is { } size && int.Parse(size, CultureInfo.InvariantCulture) < known.Size)
            throw Invalid("resource.disks[0].initializeParams.diskSizeGb", size, $"Requested disk size cannot be smaller than the image size ({known.Size} GB)");
        if (request["scheduling.instanceTerminationAction"] is not null && request["scheduling.maxRunDuration"] is null && request["scheduling.provisioningModel"] != "SPOT")
            throw Invalid("resource.scheduling.instanceTerminationAction", "DELETE", "It is for Spot VMs and for those with a limit of their run time.");
    }

    private static ComputeRefusalException Invalid(string field, string? value, string why) => new(400, "invalid", $"Invalid value for field '{field}': '{value}'. {why}");

    // labels.KEY=VALUE, labels.KEY:*
    private static bool Fits(FakeInstance instance, string? filter)
    {
        if (filter is null)
            return true;
        string[] parts = filter["labels.".Length..].Split([':', '='], 2);
        return instance.Labels.TryGetValue(parts[0], out string? value) && (parts[1] == "*" || parts[1] == value);
    }

    private static JsonObject Warning(string code, string message) => new() { ["warning"] = new JsonObject { ["code"] = code, ["message"] = message } };

    private FakeZone ZoneOf(ComputeRequest request) => compute.Zones.GetValueOrDefault(request.Zone!)
        ?? throw new ComputeRefusalException(400, "invalid", $"Invalid value for field 'zone': '{request.Zone}'. Unknown zone.");

    private FakeInstance InstanceOf(ComputeRequest request) => ZoneOf(request).Instances.GetValueOrDefault(request.Name) ?? throw ComputeRefusalException.NotFound(request.Path);

    [GeneratedRegex("^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex Name();

    [GeneratedRegex("^[a-z0-9_-]{0,63}$")]
    private static partial Regex Label();
}
