using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Runhouse.Providers.Machines;
using Runhouse.Testing;

namespace Runhouse.Providers.Compute;

/// <summary>
/// A server that speaks the Compute Engine API, for any client of it, and gives tokens for the key of a service account. It does what the API does with operations, request ids, labels,
/// pages and places that do not answer, and what a test wants to go wrong.
/// </summary>
public sealed class FakeCompute : IAsyncDisposable
{
    /// <summary>Its project.</summary>
    public const string Project = "tests";

    private readonly ServerFaults<ComputeRefusalException> _faults = new();
    private readonly ConcurrentQueue<ComputeRequest> _requests = [];
    private readonly Lock _lock = new();
    private readonly WebApplication _server;
    private readonly Dictionary<string, (string Permission, Func<ComputeRequest, JsonObject> Answer)> _actions;
    private readonly string _token = $"ya29.{System.Security.Cryptography.RandomNumberGenerator.GetHexString(16)}";

    private FakeCompute(WebApplication server, IFakeMachines machines, IEnumerable<string> zones)
    {
        (_server, Machines) = (server, machines);
        Zones = zones.ToDictionary(static zone => zone, static zone => new FakeZone(zone), StringComparer.Ordinal);
        var instances = new InstanceActions(this);
        var disks = DiskActions = new DiskActions(this);
        var network = new NetworkActions(this);
        _actions = new(StringComparer.Ordinal)
        {
            ["instances.insert"] = ("compute.instances.create", instances.Insert),
            ["instances.get"] = ("compute.instances.get", instances.Get),
            ["instances.delete"] = ("compute.instances.delete", instances.Delete),
            ["instances.stop"] = ("compute.instances.stop", instances.Stop),
            ["instances.start"] = ("compute.instances.start", instances.StartAgain),
            ["instances.attachDisk"] = ("compute.instances.attachDisk", disks.Attach),
            ["disks.insert"] = ("compute.disks.create", disks.Insert),
            ["disks.get"] = ("compute.disks.get", disks.Get),
            ["disks.delete"] = ("compute.disks.delete", disks.Delete),
            ["disks.aggregatedList"] = ("compute.disks.list", disks.List),
            ["instances.aggregatedList"] = ("compute.instances.list", instances.List),
            ["zoneOperations.wait"] = ("compute.zoneOperations.get", Wait),
            ["globalOperations.wait"] = ("compute.globalOperations.get", Wait),
            ["images.getFromFamily"] = ("compute.images.getFromFamily", network.GetImage),
            ["firewalls.get"] = ("compute.firewalls.get", network.GetFirewall),
            ["firewalls.insert"] = ("compute.firewalls.create", network.InsertFirewall),
            ["zones.list"] = ("compute.zones.list", network.ListZones),
            ["projects.testIamPermissions"] = ("resourcemanager.projects.get", Test),
        };
        server.MapPost("/token", GiveTokenAsync);
        server.MapFallback(AnswerAsync);
    }

    /// <summary>Where it answers.</summary>
    public string Url => TestServer.UrlOf(_server);

    /// <summary>Its zones.</summary>
    public IReadOnlyDictionary<string, FakeZone> Zones { get; }

    /// <summary>The families of images, <c>PROJECT/FAMILY</c>, and the name and size of their newest.</summary>
    public Dictionary<string, (string Name, int Size)> Families { get; } = new(StringComparer.Ordinal)
    {
        ["ubuntu-os-cloud/ubuntu-2404-lts-amd64"] = ("ubuntu-2404-noble-amd64-v20261101", 10),
        ["ubuntu-os-cloud/ubuntu-2404-lts-arm64"] = ("ubuntu-2404-noble-arm64-v20261101", 10),
        ["ubuntu-os-accelerator-images/ubuntu-accelerator-2404-amd64-with-nvidia-580"] = ("ubuntu-accelerator-2404-amd64-with-nvidia-580-v20261101", 20),
        ["own-project/own-family"] = ("own-image", 50),
    };

    /// <summary>Its firewall rules.</summary>
    public ConcurrentDictionary<string, JsonObject> Firewalls { get; } = new(StringComparer.Ordinal);

    /// <summary>The requests that came, in order.</summary>
    public IReadOnlyCollection<ComputeRequest> Requests => _requests;

    /// <summary>The permissions that the account has; null for all.</summary>
    public IReadOnlySet<string>? Allowed { get; set; }

    /// <summary>Why no tokens are given; null when they are.</summary>
    public string? TokenError { get; set; }

    /// <summary>How many times an operation that is waited for is not done.</summary>
    public int SlowWaits { get; set; }

    /// <summary>Whether a machine is not there before what makes it is done.</summary>
    public bool HidesUntilDone { get; set; }

    /// <summary>Whether it is found that a machine is there already only when it is to be made.</summary>
    public bool FindsLate { get; set; }

    /// <summary>How many answers show a new machine as starting.</summary>
    public int StartingLooks { get; set; }

    /// <summary>The most that a page has.</summary>
    public int PageSize { get; set; } = 500;

    /// <summary>Whether places that do not answer are said one by one, in what is said of them.</summary>
    public bool WarnsInScope { get; set; }

    /// <summary>Is called before a request is carried out.</summary>
    public Func<ComputeRequest, Task> Before { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The machines of all zones.</summary>
    public IReadOnlyList<FakeInstance> Instances
    {
        get
        {
            lock (_lock)
                return [.. Zones.Values.SelectMany(static zone => zone.Instances.Values)];
        }
    }

    /// <summary>The machines behind its own.</summary>
    internal IFakeMachines Machines { get; }

    /// <summary>The disks that outlive machines, by their paths.</summary>
    internal Dictionary<string, JsonObject> Disks { get; } = new(StringComparer.Ordinal);

    /// <summary>What it does with them.</summary>
    internal DiskActions DiskActions { get; }

    /// <summary>What requests have begun.</summary>
    internal Dictionary<string, FakeOperation> Operations { get; } = new(StringComparer.Ordinal);

    /// <summary>What the request ids of create calls have begun.</summary>
    internal Dictionary<string, FakeOperation> ByRequestId { get; } = new(StringComparer.Ordinal);

    /// <summary>Starts one.</summary>
    /// <param name="machines">The machines behind its own; null for none.</param>
    public static async Task<FakeCompute> StartAsync(IFakeMachines? machines = null)
    {
        var compute = new FakeCompute(TestServer.Create(), machines ?? new AddressPool(),
            ["us-central1-a", "us-central1-b", "us-central1-c", "us-central1-f", "us-east5-a", "us-east5-b", "us-east5-c", "europe-west4-a", "europe-west4-b", "europe-west4-c"]);
        await compute._server.StartAsync();
        return compute;
    }

    /// <summary>Fails the next request of an action; further calls fail those behind it.</summary>
    public void FailNext(string action, ComputeRefusalException error) => _faults.FailNext(action, error);

    /// <summary>Carries out the next requests of an action, and cuts the connection instead of an answer.</summary>
    public void CutNext(string action, int times = 1) => _faults.CutNext(action, times);

    /// <summary>The requests of an action.</summary>
    public IReadOnlyList<ComputeRequest> Of(string action) => [.. _requests.Where(request => request.Action == action)];

    /// <summary>The machine with a name.</summary>
    public FakeInstance Instance(string name) => Instances.Single(one => one.Name == name);

    /// <summary>Forgets the request ids, as the API does after a while.</summary>
    public void ForgetRequestIds()
    {
        lock (_lock)
            ByRequestId.Clear();
    }

    /// <summary>Has all that was begun done, whether somebody waits for it or not.</summary>
    public void FinishOperations()
    {
        lock (_lock)
        {
            foreach (FakeOperation operation in Operations.Values)
                operation.Finish();
        }
    }

    /// <summary>What a machine does that shuts itself down: it stops, and is kept.</summary>
    public void ShutDown(FakeInstance instance)
    {
        lock (_lock)
        {
            if (instance.MachineEnd is not null)
                return;
            instance.Status = "STOPPING";
            instance.MachineEnd = Machines.StopAsync(instance.Name, keepsDisk: true);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await Machines.DisposeAsync();
    }

    /// <summary>Begins an operation; it is not done yet.</summary>
    internal FakeOperation Begin(ComputeRequest request, (string, string, int)? error, Task before, Action whenDone)
    {
        string scope = request.Zone is { } zone ? $"zones/{zone}" : "global";
        string id = $"operation-{Operations.Count + 1}";
        return Operations[id] = new FakeOperation($"projects/{request.Project}/{scope}/operations/{id}", SlowWaits, error, before, whenDone);
    }

    private JsonObject Wait(ComputeRequest request)
    {
        FakeOperation operation = Operations.GetValueOrDefault(request.Name) ?? throw ComputeRefusalException.NotFound(request.Path);
        operation.Look();
        return operation.ToJson(Url);
    }

    private JsonObject Test(ComputeRequest request)
    {
        IEnumerable<string> has = request.Body["permissions"]!.AsArray().Select(static one => one!.ToString()).Where(one => Allowed?.Contains(one) != false);
        return new JsonObject { ["permissions"] = new JsonArray([.. has.Select(static one => JsonValue.Create(one))]) };
    }

    private async Task GiveTokenAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync();
        if (TokenError is null && form["assertion"].ToString().Split('.').Length == 3)
        {
            await context.Response.WriteAsJsonAsync(new JsonObject { ["access_token"] = _token, ["expires_in"] = 3599, ["token_type"] = "Bearer" });
            return;
        }

        context.Response.StatusCode = 400;
        await context.Response.WriteAsJsonAsync(new JsonObject { ["error"] = "invalid_grant", ["error_description"] = TokenError ?? "no assertion" });
    }

    private async Task AnswerAsync(HttpContext context)
    {
        JsonObject answer;
        ComputeRequest request = await ComputeRequest.ReadAsync(context.Request);
        try
        {
            if (context.Request.Headers.Authorization != $"Bearer {_token}")
                throw new ComputeRefusalException(401, "authError", "Request had invalid authentication credentials.");
            answer = await CarryOutAsync(request);
        }
        catch (ComputeRefusalException error)
        {
            context.Response.StatusCode = error.Status;
            if (error.RetryAfter is { } seconds)
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            answer = error.ToJson();
        }

        if (_faults.TakeCut(request.Action))
        {
            context.Abort();
            return;
        }

        await context.Response.WriteAsJsonAsync(answer);
    }

    private async Task<JsonObject> CarryOutAsync(ComputeRequest request)
    {
        _requests.Enqueue(request);
        await Before(request);
        _faults.ThrowNext(request.Action);
        if (!_actions.TryGetValue(request.Action, out (string Permission, Func<ComputeRequest, JsonObject> Answer) action))
            throw ComputeRefusalException.NotFound(request.Path);
        if (Allowed?.Contains(action.Permission) == false && request.Action != "projects.testIamPermissions")
            throw ComputeRefusalException.Denied(action.Permission, request.Path);
        lock (_lock)
            return action.Answer(request);
    }
}
