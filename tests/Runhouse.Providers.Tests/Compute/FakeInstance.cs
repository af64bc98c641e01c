using System.Globalization;
using System.Text.Json.Nodes;
using Runhouse.Providers.Machines;

namespace Runhouse.Providers.Compute;

/// <summary>A machine. It starts as it is looked at and as its machine does, and is gone when its deletion is done.</summary>
public sealed class FakeInstance
{
    internal FakeInstance(ComputeRequest request, DateTimeOffset startedAt) => (Request, StartedAt) = (request, startedAt);

    /// <summary>What has made it.</summary>
    public ComputeRequest Request { get; }

    /// <summary>Its name.</summary>
    public string Name => Request["name"]!;

    /// <summary>Its zone.</summary>
    public string Zone => Request.Zone!;

    /// <summary>When it was made.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Its labels.</summary>
    public IReadOnlyDictionary<string, string> Labels => Request.Body["labels"]?.AsObject().ToDictionary(static one => one.Key, static one => one.Value!.ToString(), StringComparer.Ordinal) ?? [];

    /// <summary>Whether it is a spot machine.</summary>
    public bool IsSpot => Request["scheduling.provisioningModel"] == "SPOT";

    /// <summary>Its status, in the API's words.</summary>
    public string Status { get; internal set; } = "PROVISIONING";

    /// <summary>The address; null while it has none.</summary>
    public string? Address => Status == "RUNNING" && Machine.IsCompletedSuccessfully && Request["networkInterfaces.0.accessConfigs.0.type"] is not null ? Machine.Result : null;

    /// <summary>The machine that it is, while it starts and once it has.</summary>
    internal Task<string> Machine { get; set; } = Task.FromResult("");

    /// <summary>Whether it is told that it is taken back.</summary>
    public bool IsPreempted { get; set; }

    /// <summary>The end of its machine, once it has begun to shut down; null before.</summary>
    internal Task? MachineEnd { get; set; }

    /// <summary>How many more answers show it as it was.</summary>
    internal int Looks { get; set; }

    /// <summary>Goes on to the next status, when it is time.</summary>
    internal void Look()
    {
        Settle();
        if (Looks > 0)
            Looks--;
        else if (Status is "PROVISIONING" or "STAGING" && Machine.IsCompleted)
            Status = Machine.IsCompletedSuccessfully ? "RUNNING" : "TERMINATED";
    }

    /// <summary>Has stopped, once its machine has.</summary>
    internal void Settle()
    {
        if (MachineEnd?.IsCompleted == true)
            Status = "TERMINATED";
    }

    /// <summary>What it is told.</summary>
    internal FakeMachine ToMachine(Action hasShutDown) => new()
    {
        Id = Name,
        UserData = Request.Metadata("user-data") ?? "",
        HasShutDown = hasShutDown,
        Metadata = path => path switch
        {
            "computeMetadata/v1/instance/name" => Name,
            "computeMetadata/v1/instance/zone" => $"projects/1/zones/{Zone}",
            "computeMetadata/v1/instance/preempted" => IsPreempted ? "TRUE" : "FALSE",
            "computeMetadata/v1/instance/attributes/user-data" => Request.Metadata("user-data"),
            _ => null,
        },
    };

    /// <summary>How it is, in the API's words.</summary>
    /// <param name="url">Where the API answers.</param>
    internal JsonObject ToJson(string url)
    {
        var json = (JsonObject)Request.Body.DeepClone();
        string project = $"{url}/compute/v1/projects/{Request.Project}";
        json["id"] = "7";
        json["status"] = Status;
        json["zone"] = $"{project}/zones/{Zone}";
        json["machineType"] = $"{project}/{Request["machineType"]}";
        json["creationTimestamp"] = StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
        var network = (JsonObject)json["networkInterfaces"]![0]!;
        network["networkIP"] = "10.128.0.2";
        if (Address is { } address)
            network["accessConfigs"]![0]!["natIP"] = address;
        return json;
    }
}
