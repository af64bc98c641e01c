using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Runhouse.Runtime.Allocations;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>
/// The pods of an allocation: what the configuration says, over that the user's template, over that what the code needs, and over all what makes a pod a host that ends by itself.
/// </summary>
/// <param name="options">The configuration.</param>
internal sealed class PodDescription(KubernetesOptions options)
{
    /// <summary>The folder of the agent in each pod.</summary>
    public const string AgentFolder = "/tmp/runhouse";

    // For images whose process is not root, which may write nowhere else.
    private const string Shell = "sh";

    /// <summary>The name of a pod.</summary>
    /// <param name="allocation">The name of the allocation.</param>
    /// <param name="host">Which of its hosts, from 0.</param>
    public static string NameOf(string allocation, int host) => string.Create(CultureInfo.InvariantCulture, $"{allocation}-{host}");

    /// <summary>The labels of all that belongs to an allocation.</summary>
    /// <param name="request">What is asked for.</param>
    public static Dictionary<string, string> LabelsOf(AllocationRequest request) => new()
    {
        ["app.kubernetes.io/managed-by"] = "runhouse",
        [PodLabels.Allocation] = request.Name,
        [PodLabels.Owner] = request.Owner,
        [PodLabels.Cluster] = LabelOf(request.Cluster),
    };

    /// <summary>A pod.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="host">Which of the hosts, from 0.</param>
    /// <param name="lease">What it goes with.</param>
    /// <param name="isAnew">Whether it takes the place of one that has ended, while others go on.</param>
    /// <exception cref="DeploymentException">The needs cannot be said to Kubernetes.</exception>
    /// <exception cref="RunhouseConfigurationException">The template is no pod template.</exception>
    public V1Pod Of(AllocationRequest request, int host, V1ConfigMap lease, bool isAnew = false)
    {
        JsonObject pod = Defaults();
        if (options.Template is { } file)
            PodMerge.Into(pod, PodTemplate.Read(file));
        PodMerge.Into(pod, new PodNeeds(options).Of(request.Needs));
        PodMerge.Into(pod, Own(request, host, pod));
        V1Pod described;
        try
        {
            described = KubernetesJson.Deserialize<V1Pod>(pod);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new RunhouseConfigurationException($"{options.Template ?? "Runhouse:Kubernetes"} makes no pod: {e.Message} Correct what it names.");
        }

        if (isAnew)
            described.SetAnnotation(PodLabels.Anew, "true");
        described.Metadata.OwnerReferences = [new V1OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = lease.Metadata.Name, Uid = lease.Metadata.Uid }];
        return described;
    }

    /// <summary>A text as the value of a label, which may have fewer letters; two texts can have the same.</summary>
    /// <param name="text">The text.</param>
    public static string LabelOf(string text) => new string([.. text.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-').Take(63)]).Trim('-', '_', '.');

    private JsonObject Defaults()
    {
        var spec = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = ApiClient.Container, ["image"] = options.Image }) };
        if (options.ServiceAccount is { } account)
            spec["serviceAccountName"] = account;
        else
            spec["automountServiceAccountToken"] = false;
        if (options.PriorityClass is { } priority)
            spec["priorityClassName"] = priority;
        if (options.NodeSelector.Count > 0)
            spec["nodeSelector"] = new JsonObject(options.NodeSelector.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))));
        if (options.Tolerations.Count > 0)
            spec["tolerations"] = new JsonArray([.. options.Tolerations.Select(ToNode)]);
        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = new JsonObject(), ["spec"] = spec };
    }

    private static JsonObject ToNode(PodToleration toleration)
    {
        var node = new JsonObject { ["key"] = toleration.Key, ["operator"] = toleration.Value is null ? "Exists" : "Equal" };
        if (toleration.Value is not null)
            node["value"] = toleration.Value;
        if (toleration.Effect is not null)
            node["effect"] = toleration.Effect;
        return node;
    }

    // What Kubernetes gives a pod that says nothing else.
    private static long GraceOf(JsonObject pod) => pod["spec"]?["terminationGracePeriodSeconds"] is JsonValue value && value.TryGetValue(out long seconds) ? seconds : 30;

    // What no template changes.
    private JsonObject Own(AllocationRequest request, int host, JsonObject pod)
    {
        var labels = new JsonObject(LabelsOf(request).Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))))
        {
            [PodLabels.Host] = host.ToString(CultureInfo.InvariantCulture),
        };
        var metadata = new JsonObject { ["name"] = NameOf(request.Name, host), ["labels"] = labels };
        if (options.Queue is { } queue)
        {
            labels[PodLabels.Queue] = queue;
            if (request.Count > 1)
            {
                labels[PodLabels.Group] = request.Name;
                metadata["annotations"] = new JsonObject { [PodLabels.GroupSize] = request.Count.ToString(CultureInfo.InvariantCulture) };
            }
        }

        // Told to the agent as well, which SIGTERM does not tell.
        long grace = GraceOf(pod);
        string boot = Math.Ceiling(request.BootTime.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var spec = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = ApiClient.Container,
                ["command"] = new JsonArray(Shell, "-c", request.Agent, Shell, AgentFolder, boot, grace.ToString(CultureInfo.InvariantCulture)),
                ["args"] = null,
            }),
        };
        if (request.Longest is { } longest)
            spec["activeDeadlineSeconds"] = (long)Math.Ceiling(longest.TotalSeconds);
        return new JsonObject { ["metadata"] = metadata, ["spec"] = spec };
    }
}
