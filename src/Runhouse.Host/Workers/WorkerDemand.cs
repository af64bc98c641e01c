using System.Globalization;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>What a caller asks of a worker, as it was read from its request.</summary>
internal sealed record WorkerDemand
{
    private const int MaxNameLength = 100;
    private const double Gibibyte = 1L << 30;

    /// <summary>The demand of members that need nothing in particular.</summary>
    public static WorkerDemand None { get; } = new() { Needs = Resources.None };

    public required Resources Needs { get; init; }

    /// <summary>The id of the image's environment; null for none.</summary>
    public string? Environment { get; init; }

    public bool IsLenient { get; init; }

    /// <summary>How long the caller waits for what others hold; <see cref="Timeout.InfiniteTimeSpan"/> for as long as that takes.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Whether the caller waits for as long as it takes: a detached call, which lies on disk meanwhile.</summary>
    public bool WaitsForEver => Wait == Timeout.InfiniteTimeSpan;

    /// <summary>The name of the process; null for none.</summary>
    public string? Process { get; init; }

    /// <summary>The process's own variables.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a worker will do whose code is being changed.</summary>
    public bool AcceptsChanges { get; init; }

    /// <summary>In GiB: with less a worker's runtime does not start.</summary>
    private const double LeastMemory = 0.03125;

    /// <summary>What the worker's memory is limited to, in bytes; null for no limit. An amount with a plus sign is none: more is welcome.</summary>
    public long? MemoryLimitBytes => Needs.Memory is { OrMore: false } memory ? (long)(memory.Value * Gibibyte) : null;

    /// <summary>Reads a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="settings">What it may ask for.</param>
    /// <exception cref="HostRefusal">It is not understood.</exception>
    public static WorkerDemand Read(WorkerRequest request, HostSettings settings)
    {
        if (request.Process is { } name && (name.Length is 0 or > MaxNameLength || name.Any(char.IsControl)))
            throw HostRefusal.Invalid($"A process's name has 1 to {MaxNameLength} characters and no control characters. Choose another one.");
        if (request.Process is null && request.Variables.Count > 0)
            throw HostRefusal.Invalid("Variables are those of a named process, and none is named. Name one, or set them for all workers by the cluster's image.");
        if (!(request.WaitSeconds >= 0))
            throw HostRefusal.Invalid("'waitSeconds' is how long to wait for capacity: 0 or more.");
        foreach ((string variable, string value) in request.Variables)
            VariableCheck.Check(variable, value);
        try
        {
            Resources needs = request.ReadNeeds();
            if (needs.Memory is { OrMore: false, Value: < LeastMemory } least)
                throw HostRefusal.Invalid(string.Create(CultureInfo.InvariantCulture, $"Memory = \"{least.Value}\" (GiB) is less than a worker takes to start, {LeastMemory}. Ask for more; an amount such as \"{least.Value}+\" selects machines and is no limit."));
            return new WorkerDemand
            {
                Needs = needs,
                Environment = request.Environment,
                IsLenient = request.IsLenient,
                Wait = TimeSpan.FromSeconds(Math.Min(request.WaitSeconds, settings.LongestWait.TotalSeconds)),
                Process = request.Process,
                Variables = request.Variables,
                AcceptsChanges = request.AcceptsChanges,
            };
        }
        catch (FormatException exception)
        {
            throw HostRefusal.Invalid(exception.Message);
        }
    }

    /// <summary>Reads what a detached call asks for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="settings">What it may ask for.</param>
    /// <exception cref="HostRefusal">It is not understood.</exception>
    public static WorkerDemand Read(DetachedCall call, HostSettings settings) => (call.Place is { } place ? Read(place, settings) : None) with
    {
        Wait = call.WaitSeconds is { } wait ? TimeSpan.FromSeconds(Math.Min(wait, settings.LongestWait.TotalSeconds)) : Timeout.InfiniteTimeSpan,
    };

    /// <summary>The same as a request, without an environment: that ends with this host.</summary>
    public WorkerRequest ToRequest() => WorkerRequest.For(Needs) with { IsLenient = IsLenient, WaitSeconds = WaitsForEver ? 0 : Wait.TotalSeconds, Process = Process, Variables = Variables };

    /// <summary>Who shares the worker.</summary>
    public WorkerKey KeyFor(string deployment) => new(deployment, Environment, Process is null ? Needs : Resources.None, Process);

    /// <summary>Refuses a named process that is not what the caller takes it for.</summary>
    /// <param name="worker">The worker that is the process.</param>
    /// <exception cref="HostRefusal">It was started with other variables, or has less than the caller's code needs.</exception>
    public void Check(Worker worker)
    {
        if (Process is null || worker.Demand is not { } first)
            return;
        if (Variables.Count > 0 && !(Variables.Count == first.Variables.Count && Variables.All(one => first.Variables.TryGetValue(one.Key, out string? value) && value == one.Value)))
        {
            throw HostRefusal.Invalid(
                $"Process '{Process}' (worker {worker.Id}) was started with other variables. Ask for it without any, choose another name, or end it first (runhouse kill).");
        }

        if (!IsLenient && Needs != first.Needs && !worker.Holding.ToResources().Satisfies(Needs))
        {
            throw HostRefusal.Capacity(
                $"Process '{Process}' (worker {worker.Id}) was started for code that needs {first.Needs}, and this code needs {Needs}. Start it with what all of its code needs (Needing), choose another name, or end it first (runhouse kill).");
        }
    }
}
