using System.Globalization;
using System.Text.Json.Nodes;

namespace Runhouse.Providers.Compute;

/// <summary>What the server does with zones, images and firewall rules.</summary>
/// <param name="compute">The server.</param>
internal sealed class NetworkActions(FakeCompute compute)
{
    public JsonObject ListZones(ComputeRequest request)
    {
        FakeZone[] all = [.. compute.Zones.Values];
        int start = request.Query.TryGetValue("pageToken", out string? token) ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        FakeZone[] page = [.. all.Skip(start).Take(compute.PageSize)];
        var answer = new JsonObject
        {
            ["items"] = new JsonArray([.. page.Select(zone => new JsonObject
            {
                ["name"] = zone.Name, ["region"] = $"{compute.Url}/compute/v1/projects/{request.Project}/regions/{zone.Region}", ["status"] = "UP",
            })]),
        };
        if (start + page.Length < all.Length)
            answer["nextPageToken"] = (start + page.Length).ToString(CultureInfo.InvariantCulture);
        return answer;
    }

    public JsonObject GetImage(ComputeRequest request)
    {
        if (!compute.Families.TryGetValue($"{request.Project}/{request.Name}", out (string Name, int Size) image))
            throw ComputeRefusalException.NotFound(request.Path);
        return new JsonObject
        {
            ["name"] = image.Name,
            ["selfLink"] = $"{compute.Url}/compute/v1/projects/{request.Project}/global/images/{image.Name}",
            ["diskSizeGb"] = image.Size.ToString(CultureInfo.InvariantCulture),
        };
    }

    public JsonObject GetFirewall(ComputeRequest request)
        => (JsonObject)(compute.Firewalls.GetValueOrDefault($"{request.Project}/{request.Name}") ?? throw ComputeRefusalException.NotFound(request.Path)).DeepClone();

    public JsonObject InsertFirewall(ComputeRequest request)
    {
        string name = request["name"]!;
        if (!compute.Firewalls.TryAdd($"{request.Project}/{name}", request.Body))
            throw ComputeRefusalException.AlreadyExists($"projects/{request.Project}/global/firewalls/{name}");
        return compute.Begin(request, null, Task.CompletedTask, static () => { }).ToJson(compute.Url);
    }
}
