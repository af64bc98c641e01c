using System.Globalization;
using System.Xml.Linq;
using static Runhouse.Providers.Ec2.Ec2Xml;

namespace Runhouse.Providers.Ec2;

/// <summary>What the server does with machines.</summary>
/// <param name="ec2">The server.</param>
internal sealed class InstanceActions(FakeEc2 ec2)
{
    private static readonly (string Code, string Message) UserInitiated = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown");

    public IEnumerable<object?> Run(FakeRegion region, Ec2Request request)
    {
        FakeSubnet subnet = Launches.Check(region, request);
        if (request["DryRun"] == "true")
            throw new Ec2Exception("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
        string parameters = string.Join('\n', request.Values.Where(static pair => pair.Key is not "ClientToken").OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}"));
        if (request["ClientToken"] is { } token && region.Tokens.TryGetValue(token, out (string Parameters, string[] Ids) made))
        {
            return made.Parameters == parameters
                ? Reservation(region.Instances.Where(one => made.Ids.Contains(one.Id)))
                : throw new Ec2Exception("IdempotentParameterMismatch", "The client token is already in use with a different set of parameters");
        }

        if (subnet.Zone.Refusal(request) is { } refusal)
            throw refusal;
        int count = request.Number("MaxCount", 1);
        if (subnet.Zone.Capacity is { } capacity)
        {
            count = Math.Min(count, capacity);
            if (count < request.Number("MinCount", 1))
                throw Ec2Exception.NoCapacity(subnet.Zone.Name, request.Required("InstanceType"));
            subnet.Zone.Capacity -= count;
        }

        FakeInstance[] instances = [.. Enumerable.Range(0, count).Select(index => new FakeInstance(FakeRegion.NewId("i"), request, subnet, index, TimeProvider.System.GetUtcNow()) { HiddenLooks = ec2.HiddenLooks })];
        foreach (FakeInstance instance in instances)
            ec2.StartMachine(instance);
        if (subnet.Zone.NextDeath() is { } death)
        {
            foreach (FakeInstance instance in instances.Take(death.Count))
                instance.Death = (death.Code, death.Message);
        }

        region.Instances.AddRange(instances);
        if (request["ClientToken"] is { } newToken)
            region.Tokens[newToken] = (parameters, [.. instances.Select(static one => one.Id)]);
        return Reservation(instances);
    }

    public IEnumerable<object?> Describe(FakeRegion region, Ec2Request request)
    {
        IReadOnlyList<string> ids = request.List("InstanceId");
        if (ids.Count > 0 && request["MaxResults"] is not null)
            throw new Ec2Exception("InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults");
        List<FakeInstance> visible = [.. region.Instances.Where(one => one.Request.Account == request.Account && one.HiddenLooks-- <= 0)];
        FakeInstance[] found = ids.Count > 0 ? Named(visible, ids) : [.. visible];

        // Filters are for what a page has: it may be empty, and others follow.
        int start = request["NextToken"] is { } next ? int.Parse(next, CultureInfo.InvariantCulture) : 0;
        int size = Math.Min(request.Number("MaxResults", 1000), ec2.PageSize);
        FakeInstance[] page = [.. found.Skip(start).Take(size)];
        foreach (FakeInstance instance in page)
            instance.Look();
        IEnumerable<FakeInstance> fitting = Ec2Filters.Apply(request, page, static (one, filter) => filter switch
        {
            "instance-id" => [one.Id],
            "instance-state-name" => [one.State],
            "client-token" => [one.Request["ClientToken"]],
            _ => Ec2Filters.OfTags(one.Tags, filter),
        });
        return
        [
            Set("reservationSet", fitting.GroupBy(static one => one.Request), static group => Reservation(group)),
            start + size < found.Length ? Element("nextToken", (start + size).ToString(CultureInfo.InvariantCulture)) : null,
        ];
    }

    public IEnumerable<object?> Terminate(FakeRegion region, Ec2Request request)
        => Change(region, request, static (_, _) => { }, instance => ec2.End(instance, "shutting-down", UserInitiated));

    public IEnumerable<object?> Stop(FakeRegion region, Ec2Request request) => Change(
        region,
        request,
        static (_, all) =>
        {
            if (all.FirstOrDefault(static one => one.IsSpot) is { } spot)
                throw new Ec2Exception("UnsupportedOperation", $"You can't stop the Spot Instance '{spot.Id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.");
            if (all.FirstOrDefault(static one => one.State is "pending" or "shutting-down" or "terminated") is { } other)
                throw new Ec2Exception("IncorrectInstanceState", $"The instance '{other.Id}' is not in a state from which it can be stopped.");
        },
        instance =>
        {
            if (instance.State == "running")
                instance.Subnet.Zone.Capacity++;
            ec2.End(instance, "stopping", UserInitiated);
        });

    public IEnumerable<object?> Start(FakeRegion region, Ec2Request request) => Change(
        region,
        request,
        static (request, all) =>
        {
            if (all.FirstOrDefault(static one => one.State is not ("stopped" or "pending" or "running")) is { } other)
                throw new Ec2Exception("IncorrectInstanceState", $"The instance '{other.Id}' is not in a state from which it can be started.");
            foreach (IGrouping<FakeZone, FakeInstance> zone in all.Where(static one => one.State == "stopped").GroupBy(static one => one.Subnet.Zone))
            {
                if (zone.Key.Refusal(request) is { } refusal)
                    throw refusal;
                if (zone.Key.Capacity < zone.Count())
                    throw Ec2Exception.NoCapacity(zone.Key.Name, zone.First().Request.Required("InstanceType"));
            }
        },
        instance =>
        {
            if (instance.State != "stopped")
                return;
            instance.Subnet.Zone.Capacity--;
            instance.HasStopped = true;
            if (instance.Subnet.Zone.NextDeath() is { } death)
                instance.Death = (death.Code, death.Message);
            ec2.StartMachine(instance);
        });

    public IEnumerable<object?> Tag(FakeRegion region, Ec2Request request)
    {
        foreach (FakeInstance instance in Named(region.Instances, request.List("ResourceId")))
        {
            foreach (string tag in request.Structures("Tag"))
                instance.Tags[request.Required(tag + "Key")] = request[tag + "Value"] ?? "";
        }

        return [Element("return", "true")];
    }

    // All of them or none.
    private static IEnumerable<object?> Change(FakeRegion region, Ec2Request request, Action<Ec2Request, FakeInstance[]> check, Action<FakeInstance> change)
    {
        FakeInstance[] named = Named(region.Instances.Where(one => one.Request.Account == request.Account && one.HiddenLooks-- <= 0), request.List("InstanceId"));
        if (request["DryRun"] == "true")
            throw new Ec2Exception("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
        check(request, named);
        var changes = new List<(FakeInstance Instance, string Before)>();
        foreach (FakeInstance instance in named)
        {
            changes.Add((instance, instance.State));
            change(instance);
        }

        return [Set("instancesSet", changes, static one => [Element("instanceId", one.Instance.Id), State("currentState", one.Instance.State), State("previousState", one.Before)])];
    }

    private static FakeInstance[] Named(IEnumerable<FakeInstance> instances, IReadOnlyList<string> ids)
    {
        Dictionary<string, FakeInstance> all = instances.ToDictionary(static one => one.Id, StringComparer.Ordinal);
        string[] unknown = [.. ids.Where(id => !all.ContainsKey(id))];
        return unknown.Length switch
        {
            0 => [.. ids.Select(id => all[id])],
            1 => throw new Ec2Exception("InvalidInstanceID.NotFound", $"The instance ID '{unknown[0]}' does not exist"),
            _ => throw new Ec2Exception("InvalidInstanceID.NotFound", $"The instance IDs '{string.Join(", ", unknown)}' do not exist"),
        };
    }

    private static IEnumerable<object?> Reservation(IEnumerable<FakeInstance> instances) =>
    [
        Element("reservationId", "r-0tests"), Element("ownerId", instances.FirstOrDefault()?.Request.Account), Set("instancesSet", instances, Write),
    ];

    private static IEnumerable<object?> Write(FakeInstance one) =>
    [
        Element("instanceId", one.Id),
        Element("imageId", one.Request["ImageId"]),
        State("instanceState", one.State),
        Element("amiLaunchIndex", one.Index.ToString(CultureInfo.InvariantCulture)),
        Element("instanceType", one.Request["InstanceType"]),
        Element("launchTime", one.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        Element("placement", Element("availabilityZone", one.Subnet.Zone.Name), Element("availabilityZoneId", one.Subnet.Zone.Id), Element("tenancy", "default")),
        Element("subnetId", one.Subnet.Id),
        Element("vpcId", one.Subnet.Vpc),
        Element("privateIpAddress", $"172.31.0.{one.Index + 4}"),
        one.Address is { } address && one.Request["NetworkInterface.1.AssociatePublicIpAddress"] != "false" ? Element("ipAddress", address) : null,
        one.Reason is { } reason ? Element("stateReason", Element("code", reason.Code), Element("message", reason.Message)) : null,
        one.IsSpot ? Element("instanceLifecycle", "spot") : null,
        Element("clientToken", one.Request["ClientToken"]),
        Tags(one.Tags),
    ];

    private static XElement State(string name, string state)
        => Element(name, Element("code", state switch { "pending" => "0", "running" => "16", "shutting-down" => "32", "terminated" => "48", "stopping" => "64", _ => "80" }), Element("name", state));
}
