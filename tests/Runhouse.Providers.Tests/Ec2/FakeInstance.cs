using Runhouse.Providers.Machines;

namespace Runhouse.Providers.Ec2;

/// <summary>
/// A machine. Its state goes on as it is looked at, not with time: a number of answers does not show it, a number shows it as pending, a number as shutting down. It runs when its
/// machine does, and is gone when its machine is.
/// </summary>
public sealed class FakeInstance
{
    internal FakeInstance(string id, Ec2Request request, FakeSubnet subnet, int index, DateTimeOffset startedAt)
    {
        (Id, Request, Subnet, Index, StartedAt) = (id, request, subnet, index, startedAt);
        Tags = request.Tags("instance");
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>What has made it.</summary>
    public Ec2Request Request { get; }

    /// <summary>Where it is.</summary>
    public FakeSubnet Subnet { get; }

    /// <summary>Which one of its request's machines it is.</summary>
    public int Index { get; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Its tags.</summary>
    public Dictionary<string, string> Tags { get; }

    /// <summary>Whether it is a spot machine.</summary>
    public bool IsSpot => Request["InstanceMarketOptions.MarketType"] == "spot";

    /// <summary>What it is told to do when it first starts.</summary>
    public string UserData => Request["UserData"] is { } text ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(text)) : "";

    /// <summary>Its state, in EC2's words.</summary>
    public string State { get; internal set; } = "pending";

    /// <summary>Why it is in its state.</summary>
    public (string Code, string Message)? Reason { get; internal set; }

    /// <summary>The address; null while it has none.</summary>
    public string? Address => State == "running" && Machine.IsCompletedSuccessfully ? Machine.Result : null;

    /// <summary>What its metadata says of an interruption; null for none.</summary>
    public string? Notice { get; internal set; }

    /// <summary>Whether it has ever been stopped: its disk is there then.</summary>
    internal bool HasStopped { get; set; }

    /// <summary>The machine that it is, while it starts and once it has.</summary>
    internal Task<string> Machine { get; set; } = Task.FromResult("");

    /// <summary>The end of its machine.</summary>
    internal Task MachineEnd { get; set; } = Task.CompletedTask;

    /// <summary>How many more answers do not show it.</summary>
    internal int HiddenLooks { get; set; }

    /// <summary>How many more answers show it as it was.</summary>
    internal int Looks { get; set; }

    /// <summary>As what it dies when it is looked at next; null when it does not.</summary>
    internal (string Code, string Message)? Death { get; set; }

    /// <summary>Goes on to the next state, when it is time.</summary>
    internal void Look()
    {
        if (State == "pending" && Death is { } death)
            (State, Reason, Death) = (HasStopped ? "stopped" : "terminated", death, null);
        else if (Looks > 0)
            Looks--;
        else if (State == "pending" && Machine.IsFaulted)
            (State, Reason) = ("terminated", ("Server.InternalError", Machine.Exception.InnerException!.ToString()));
        else if (State == "pending" && Machine.IsCompleted)
            State = "running";
        else if (State is "shutting-down" or "stopping" && MachineEnd.IsCompleted)
            State = State == "stopping" ? "stopped" : "terminated";
    }

    /// <summary>What it is told.</summary>
    internal FakeMachine ToMachine(Action hasShutDown) => new() { Id = Id, UserData = UserData, HasShutDown = hasShutDown, Metadata = Metadata };

    private string? Metadata(string path) => path switch
    {
        "user-data" => UserData,
        "meta-data/instance-id" => Id,
        "meta-data/instance-type" => Request["InstanceType"],
        "meta-data/instance-life-cycle" => IsSpot ? "spot" : "on-demand",
        "meta-data/placement/availability-zone" => Subnet.Zone.Name,
        "meta-data/placement/availability-zone-id" => Subnet.Zone.Id,
        "meta-data/placement/region" => Request.Region,
        "meta-data/spot/instance-action" => Notice,
        _ => null,
    };
}
