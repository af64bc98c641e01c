using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Runhouse.Providers.Machines;
using Runhouse.Testing;

namespace Runhouse.Providers.Ec2;

/// <summary>
/// A server that speaks EC2's query protocol, for any client of EC2: a region is what a request is signed for. It does what EC2 does with tokens, filters, pages and states, and what
/// a test wants to go wrong.
/// </summary>
public sealed class FakeEc2 : IAsyncDisposable
{
    /// <summary>The key of these tests.</summary>
    public const string AccessKey = "AKIDTESTS";

    /// <summary>The accounts, by the keys that it knows. Each sees its own machines alone.</summary>
    public static readonly IReadOnlyDictionary<string, string> Accounts = new Dictionary<string, string> { [AccessKey] = "123456789012", ["AKIDOTHER"] = "210987654321" };

    private readonly ServerFaults<Ec2Exception> _faults = new();
    private readonly ConcurrentQueue<Ec2Request> _requests = [];
    private readonly Lock _lock = new();
    private readonly WebApplication _server;
    private readonly Dictionary<string, Func<FakeRegion, Ec2Request, IEnumerable<object?>>> _actions;

    private FakeEc2(WebApplication server, IFakeMachines machines, IEnumerable<FakeRegion> regions)
    {
        (_server, Machines) = (server, machines);
        Regions = regions.ToDictionary(static region => region.Name, StringComparer.Ordinal);
        var instances = new InstanceActions(this);
        var volumes = new VolumeActions(this);
        _actions = new(StringComparer.Ordinal)
        {
            ["RunInstances"] = instances.Run,
            ["DescribeInstances"] = instances.Describe,
            ["TerminateInstances"] = instances.Terminate,
            ["StopInstances"] = instances.Stop,
            ["StartInstances"] = instances.Start,
            ["CreateVolume"] = volumes.Create,
            ["DescribeVolumes"] = volumes.Describe,
            ["AttachVolume"] = volumes.Attach,
            ["DeleteVolume"] = volumes.Delete,
            ["CreateTags"] = instances.Tag,
            ["DescribeImages"] = ImageActions.Describe,
            ["DescribeSubnets"] = NetworkActions.DescribeSubnets,
            ["DescribeSecurityGroups"] = NetworkActions.DescribeGroups,
            ["CreateSecurityGroup"] = NetworkActions.CreateGroup,
            ["AuthorizeSecurityGroupIngress"] = NetworkActions.Authorize,
            ["DescribeAvailabilityZones"] = NetworkActions.DescribeZones,
            ["GetCallerIdentity"] = static (_, request) => [Ec2Xml.Element("GetCallerIdentityResult", Ec2Xml.Element("Account", request.Account), Ec2Xml.Element("UserId", request.AccessKey), Ec2Xml.Element("Arn", $"arn:aws:iam::{request.Account}:user/tests"))],
            ["DescribeRegions"] = (_, _) => NetworkActions.DescribeRegions(Regions.Values),
        };
        server.MapPost("/", AnswerAsync);
    }

    /// <summary>Where it answers.</summary>
    public string Url => TestServer.UrlOf(_server);

    /// <summary>Its regions.</summary>
    public IReadOnlyDictionary<string, FakeRegion> Regions { get; }

    /// <summary>The requests that came, in order.</summary>
    public IReadOnlyCollection<Ec2Request> Requests => _requests;

    /// <summary>The actions that its key is allowed; null for all.</summary>
    public IReadOnlySet<string>? Allowed { get; set; }

    /// <summary>How many answers show a new machine as pending.</summary>
    public int PendingLooks { get; set; }

    /// <summary>How many answers do not show a new machine at all.</summary>
    public int HiddenLooks { get; set; }

    /// <summary>How many answers show an ended machine as shutting down.</summary>
    public int EndingLooks { get; set; }

    /// <summary>The most that a page has.</summary>
    public int PageSize { get; set; } = 1000;

    /// <summary>Is called before a request is carried out.</summary>
    public Func<Ec2Request, Task> Before { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Is called when a request was carried out, before its answer is sent.</summary>
    public Func<Ec2Request, Task> After { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The machines behind its own.</summary>
    internal IFakeMachines Machines { get; }

    /// <summary>Starts one.</summary>
    /// <param name="machines">The machines behind its own; null for none.</param>
    public static async Task<FakeEc2> StartAsync(IFakeMachines? machines = null)
    {
        var ec2 = new FakeEc2(TestServer.Create(), machines ?? new AddressPool(),
        [
            new FakeRegion("us-east-1", Enumerable.Range(1, 6).Select(static n => ($"use1-az{n}", $"us-east-1{(char)('a' + n - 1)}"))),
            new FakeRegion("us-east-2", Enumerable.Range(1, 3).Select(static n => ($"use2-az{n}", $"us-east-2{(char)('a' + n - 1)}"))),
            new FakeRegion("eu-west-1", Enumerable.Range(1, 3).Select(static n => ($"euw1-az{n}", $"eu-west-1{(char)('a' + n - 1)}"))),
        ]);
        await ec2._server.StartAsync();
        return ec2;
    }

    /// <summary>Fails the next request of an action; further calls fail those behind it.</summary>
    public void FailNext(string action, Ec2Exception error) => _faults.FailNext(action, error);

    /// <summary>Carries out the next requests of an action, and cuts the connection instead of an answer.</summary>
    public void CutNext(string action, int times = 1) => _faults.CutNext(action, times);

    /// <summary>The machines of all regions that are neither gone nor about to be.</summary>
    public IReadOnlyList<FakeInstance> Alive => [.. Regions.Values.SelectMany(static region => region.Alive)];

    /// <summary>The machine with an id.</summary>
    public FakeInstance Instance(string id) => Regions.Values.SelectMany(static region => region.Instances).Single(one => one.Id == id);

    /// <summary>The requests of an action.</summary>
    public IReadOnlyList<Ec2Request> Of(string action) => [.. _requests.Where(request => request.Action == action)];

    /// <summary>Tells a spot machine that it is about to be taken back.</summary>
    public void NoticeSpot(string id, DateTimeOffset at)
        => Instance(id).Notice = $$"""{"action":"terminate","time":"{{at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}"}""";

    /// <summary>Takes a spot machine back.</summary>
    public void TakeBack(string id)
    {
        lock (_lock)
            End(Instance(id), "shutting-down", ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Machines.DisposeAsync();
    }

    /// <summary>Ends a machine.</summary>
    internal void End(FakeInstance instance, string state, (string Code, string Message) reason)
    {
        if (instance.State is "terminated" or "shutting-down" || instance.State == state)
            return;
        (instance.State, instance.Reason, instance.Looks) = (state, reason, EndingLooks);
        instance.MachineEnd = EndMachineAsync(instance, keepsDisk: state == "stopping");
    }

    private async Task EndMachineAsync(FakeInstance instance, bool keepsDisk)
    {
        await Machines.StopAsync(instance.Id, keepsDisk);
        foreach (FakeVolume volume in Regions.Values.SelectMany(static region => region.Volumes).Where(volume => !keepsDisk && volume.AttachedTo == instance.Id))
        {
            await volume.Attaching;
            Machines.Detach(volume.Id);
            volume.AttachedTo = null;
        }
    }

    /// <summary>Has a machine started.</summary>
    internal void StartMachine(FakeInstance instance)
    {
        (instance.State, instance.Looks) = ("pending", PendingLooks);
        instance.Machine = Machines.StartAsync(instance.ToMachine(() => ShutDown(instance)));
    }

    /// <summary>Has a machine shut itself down. What it becomes is said when it is made.</summary>
    public void ShutDown(FakeInstance instance)
    {
        string state = instance.Request["InstanceInitiatedShutdownBehavior"] == "terminate" ? "shutting-down" : "stopping";
        lock (_lock)
            End(instance, state, ("Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown"));
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string id = Guid.NewGuid().ToString();
        Ec2Request? request = null;
        string answer;
        try
        {
            request = await Ec2Request.ReadAsync(context.Request);
            answer = Ec2Xml.Answer(request.Action, id, await CarryOutAsync(request));
        }
        catch (Ec2Exception error)
        {
            context.Response.StatusCode = error.Status;
            if (error.RetryAfter is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            answer = Ec2Xml.Error(error, id);
        }

        if (request is not null && _faults.TakeCut(request.Action))
        {
            context.Abort();
            return;
        }

        if (request is not null)
            await After(request);
        context.Response.ContentType = "text/xml;charset=UTF-8";
        await context.Response.WriteAsync(answer);
    }

    private async Task<IEnumerable<object?>> CarryOutAsync(Ec2Request request)
    {
        _requests.Enqueue(request);
        await Before(request);
        _faults.ThrowNext(request.Action);
        if (request.Account.Length == 0)
            throw new Ec2Exception(request.Action == "GetCallerIdentity" ? "InvalidClientTokenId" : "AuthFailure", "AWS was not able to validate the provided access credentials", 401);
        if (Allowed is { } allowed && request.Action != "GetCallerIdentity" && Permissions(request).FirstOrDefault(permission => !allowed.Contains(permission)) is { } missing)
            throw new Ec2Exception("UnauthorizedOperation", $"You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/tests is not authorized to perform: ec2:{missing}. Encoded authorization failure message: 4jhPq0", 403);
        if (!_actions.TryGetValue(request.Action, out Func<FakeRegion, Ec2Request, IEnumerable<object?>>? action))
            throw new Ec2Exception("InvalidAction", $"The action {request.Action} is not valid for this web service.");
        if (!Regions.TryGetValue(request.Region, out FakeRegion? region))
            throw new Ec2Exception("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
        lock (_lock)
            return [.. action(region, request)];
    }

    // Tags take a permission of their own, also where something is made with them.
    private static IEnumerable<string> Permissions(Ec2Request request)
        => request.Structures("TagSpecification").Count > 0 ? [request.Action, "CreateTags"] : [request.Action];
}
