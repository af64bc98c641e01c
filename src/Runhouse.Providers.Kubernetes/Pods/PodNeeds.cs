using System.Globalization;
using System.Text.Json.Nodes;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>What code needs, in the words of a pod's description.</summary>
/// <param name="options">How accelerators are asked for.</param>
internal sealed class PodNeeds(KubernetesOptions options)
{
    /// <summary>What a pod must have in its description to satisfy needs.</summary>
    /// <param name="needs">The needs.</param>
    /// <exception cref="DeploymentException">They cannot be said to Kubernetes.</exception>
    public JsonObject Of(Resources needs)
    {
        if (needs.MaxPrice is not null)
            throw new DeploymentException("Kubernetes knows no prices, so that MaxPrice cannot be kept there. Leave it out for the provider kubernetes.");
        if (needs.Spot == SpotUse.Only)
            throw new DeploymentException("Kubernetes does not say which nodes are spot machines. Name their label and taint in Runhouse:Kubernetes:NodeSelector and :Tolerations, and leave Spot out.");
        var requests = new JsonObject();
        var limits = new JsonObject();
        Set("cpu", needs.Cpus, "");
        Set("memory", needs.Memory, "Gi");
        Set("ephemeral-storage", needs.Disk is { } disk ? disk with { OrMore = true } : null, "Gi");
        if (needs.Accelerators.Count > 0)
            limits[options.GpuResource] = Count(needs);
        var resources = new JsonObject();
        if (requests.Count > 0)
            resources["requests"] = requests;
        if (limits.Count > 0)
            resources["limits"] = limits;
        var spec = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = ApiClient.Container, ["resources"] = resources }) };
        if (Places(needs) is { Count: > 0 } places)
        {
            spec["affinity"] = new JsonObject
            {
                ["nodeAffinity"] = new JsonObject
                {
                    ["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonObject { ["nodeSelectorTerms"] = new JsonArray(new JsonObject { ["matchExpressions"] = places }) },
                },
            };
        }

        return new JsonObject { ["spec"] = spec };

        // Exactly so much is also the most; of "or more" the node gives what it has, whatever limit a template sets for less.
        void Set(string name, Quantity? amount, string unit)
        {
            if (amount is not { } quantity)
                return;
            string text = quantity.Value.ToString("0.###", CultureInfo.InvariantCulture) + unit;
            requests[name] = text;
            limits[name] = quantity.OrMore ? null : text;
        }
    }

    private static string Count(Resources needs)
    {
        int[] counts = [.. needs.Accelerators.Select(static one => one.Count).Distinct()];
        return counts is [var count] ? count.ToString(CultureInfo.InvariantCulture) : throw new DeploymentException(
            $"Gpu = \"{string.Join('|', needs.Accelerators)}\" asks for different numbers of accelerators, of which a pod can ask for one. Write the same number for each.");
    }

    private JsonArray Places(Resources needs)
    {
        var places = new JsonArray();
        Add("topology.kubernetes.io/region", needs.Regions);
        Add("node.kubernetes.io/instance-type", needs.InstanceTypes);
        if (options.GpuSelector is { } label)
            Add(label, needs.Accelerators.Select(one => options.GpuNames.TryGetValue(one.Name, out string? name) ? name : one.Name));
        return places;

        void Add(string key, IEnumerable<string> values)
        {
            JsonNode[] all = [.. values.Select(static value => JsonValue.Create(value))];
            if (all.Length > 0)
                places.Add(new JsonObject { ["key"] = key, ["operator"] = "In", ["values"] = new JsonArray(all) });
        }
    }
}
