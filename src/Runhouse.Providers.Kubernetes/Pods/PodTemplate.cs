using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Runhouse.Providers.Kubernetes.Pods;

/// <summary>A user's file that says how pods are: a pod, the <c>metadata</c> and <c>spec</c> of one, or what makes pods of a template of its own (a Deployment, a StatefulSet, a Job, a PodTemplate).</summary>
internal static class PodTemplate
{
    private const string Key = "Runhouse:Kubernetes:Template";

    // Where kinds have their template; those of operators are mostly like the second.
    private static readonly string[][] Places = [["template"], ["spec", "template"], ["spec", "jobTemplate", "spec", "template"]];

    /// <summary>Reads it: the members <c>metadata</c> and <c>spec</c>, without what pods do not have.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="RunhouseConfigurationException">It is no template: with the field and the line.</exception>
    public static JsonObject Read(string file)
    {
        if (YamlNodes.ReadFile(file) is not [var document])
            throw new RunhouseConfigurationException($"{file} ({Key}) has not one document, which a pod template is. Leave the others out.");
        (JsonObject template, string path) = TemplateIn(document.Root);
        if (template["spec"] is not JsonObject spec)
            throw new RunhouseConfigurationException($"{file} ({Key}) has no {path}spec, with which a pod template begins. Write metadata and spec, as of a pod; its container '{ApiClient.Container}' is the host's.");
        if (path.Length > 0 && spec["containers"] is JsonArray containers && !containers.Any(static one => (one as JsonObject)?["name"]?.ToString() == ApiClient.Container))
        {
            throw new RunhouseConfigurationException(
                $"{file} ({Key}) has the containers {string.Join(", ", containers.Select(static one => (one as JsonObject)?["name"]))} (line {document.LineOf(path + "spec.containers")}), of which none is the host's. "
                + $"Give that one the name '{ApiClient.Container}'; the others run beside it.");
        }

        var taken = new JsonObject { ["spec"] = spec.DeepClone() };
        if (template["metadata"] is JsonObject metadata)
            taken["metadata"] = metadata.DeepClone();
        Check(file, document, path, taken);
        return taken;
    }

    private static (JsonObject Template, string Path) TemplateIn(JsonObject document)
    {
        foreach (string[] place in Places)
        {
            if (place.Aggregate((JsonNode?)document, static (node, name) => (node as JsonObject)?[name]) is JsonObject template)
                return (template, string.Join('.', place) + ".");
        }

        return (document, "");
    }

    // The API would take no notice of a field that it does not know, and the user would wonder.
    private static void Check(string file, YamlDocument document, string path, JsonObject taken)
    {
        JsonNode? understood;
        try
        {
            understood = JsonNode.Parse(KubernetesJson.Serialize(KubernetesJson.Deserialize<V1Pod>(taken)));
        }
        catch (JsonException e)
        {
            string field = path + e.Path?.TrimStart('$', '.');
            throw new RunhouseConfigurationException($"{file} ({Key}) makes no pod: {field} (line {document.LineOf(field)}) is not what a pod has there. kubectl explain pod.{field[path.Length..]} says what is; correct it.", e);
        }

        if (FindUnknown(taken, understood, path.TrimEnd('.')) is { } unknown)
            throw new RunhouseConfigurationException($"{file} ({Key}) has the field {unknown} (line {document.LineOf(unknown)}), which a pod does not have. Correct its name, or leave it out.");
    }

    private static string? FindUnknown(JsonNode? written, JsonNode? understood, string path) => written switch
    {
        JsonObject one => one.Where(static pair => pair.Value is not null)
            .Select(pair => (understood as JsonObject)?[pair.Key] is { } known ? FindUnknown(pair.Value, known, Join(path, pair.Key)) : Join(path, pair.Key))
            .FirstOrDefault(static found => found is not null),
        JsonArray many => many.Select((item, index) => FindUnknown(item, (understood as JsonArray)?[index], $"{path}[{index}]")).FirstOrDefault(static found => found is not null),
        _ => null,
    };

    private static string Join(string path, string name) => path.Length > 0 ? $"{path}.{name}" : name;
}
