using System.Text.Json.Nodes;
using Runhouse.Providers.Machines;

namespace Runhouse.Providers.Compute;

/// <summary>What the server does with disks that outlive instances.</summary>
/// <param name="compute">The server.</param>
internal sealed class DiskActions(FakeCompute compute)
{
    public JsonObject Insert(ComputeRequest request)
    {
        string name = request["name"]!;
        string path = $"projects/{request.Project}/zones/{request.Zone}/disks/{name}";
        if (!compute.Zones.ContainsKey(request.Zone!))
            throw ComputeRefusalException.NotFound(path);
        if (compute.Disks.ContainsKey(path))
            throw ComputeRefusalException.AlreadyExists(path);
        var disk = (JsonObject)request.Body.DeepClone();
        disk["zone"] = $"{compute.Url}/compute/v1/projects/{request.Project}/zones/{request.Zone}";
        return compute.Begin(request, null, Task.CompletedTask, () => compute.Disks[path] = disk).ToJson(compute.Url);
    }

    public JsonObject Get(ComputeRequest request) => (JsonObject)DiskOf(request.Path).DeepClone();

    public JsonObject Delete(ComputeRequest request)
    {
        if (DiskOf(request.Path)["users"] is JsonArray { Count: > 0 } users)
            throw new ComputeRefusalException(400, "resourceInUseByAnotherResource", $"The disk resource '{request.Path}' is already being used by '{users[0]}'");
        return compute.Begin(request, null, Task.CompletedTask, () => compute.Disks.Remove(request.Path)).ToJson(compute.Url);
    }

    public JsonObject List(ComputeRequest request)
    {
        string[] filter = request.Query["filter"]["labels.".Length..].Split('=');
        var items = new JsonObject();
        foreach (IGrouping<string, JsonObject> zone in compute.Disks.Values.Where(disk => disk["labels"]?[filter[0]]?.ToString() == filter[1]).GroupBy(static disk => disk["zone"]!.ToString().Split('/')[^1]))
            items[$"zones/{zone.Key}"] = new JsonObject { ["disks"] = new JsonArray([.. zone.Select(static disk => disk.DeepClone())]) };
        return new JsonObject { ["items"] = items };
    }

    public JsonObject Attach(ComputeRequest request)
    {
        FakeInstance instance = compute.Zones[request.Zone!].Instances.GetValueOrDefault(request.Name) ?? throw ComputeRefusalException.NotFound(request.Path);
        string path = $"projects/{request.Project}/{request["source"]}";
        JsonObject disk = DiskOf(path);
        if (disk["users"] is JsonArray { Count: > 0 } users)
            throw new ComputeRefusalException(400, "resourceInUseByAnotherResource", $"The disk resource '{path}' is already being used by '{users[0]}'");
        disk["users"] = new JsonArray($"{compute.Url}/compute/v1/projects/{request.Project}/zones/{request.Zone}/instances/{instance.Name}");
        Task attaching = compute.Machines.AttachAsync(new FakeDisk(request["deviceName"]!, $"disk/by-id/google-{request["deviceName"]}"));
        return compute.Begin(request, null, attaching, static () => { }).ToJson(compute.Url);
    }

    /// <summary>Takes the disks from an instance that is gone.</summary>
    /// <param name="instance">The instance.</param>
    internal void Detach(FakeInstance instance)
    {
        foreach (JsonObject disk in compute.Disks.Values.Where(disk => disk["users"]?[0]?.ToString().EndsWith($"/{instance.Name}", StringComparison.Ordinal) == true))
        {
            disk.Remove("users");
            compute.Machines.Detach(disk["name"]!.ToString());
        }
    }

    private JsonObject DiskOf(string path) => compute.Disks.GetValueOrDefault(path) ?? throw ComputeRefusalException.NotFound(path);
}
