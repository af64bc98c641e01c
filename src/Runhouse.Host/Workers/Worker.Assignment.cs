using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Machines;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Workers;

/// <summary>What a worker was started for: what it holds of the machine, what it is limited to, and whether it can give that back.</summary>
internal sealed partial class Worker
{
    private MemoryGroups? _groups;
    private bool _isOutOfMemory;
    private bool _isEndedOnRequest;
    private bool _isPreempted;
    private bool _isTimeOver;
    private volatile bool _isKilled;

    /// <summary>What was asked for when it was started; null while it stands by.</summary>
    public WorkerDemand? Demand { get; private set; }

    /// <summary>What it holds of the machine.</summary>
    public Holding Holding { get; private set; } = Holding.None;

    /// <summary>What its memory is limited to; null for no limit.</summary>
    public MemoryLimit? MemoryLimit { get; private set; }

    /// <summary>What its deployment wants to be run by the host itself; empty before it serves.</summary>
    public IReadOnlyList<DeclaredSchedule> Schedules { get; private set; } = [];

    /// <summary>Raised when it has told what it is busy with.</summary>
    public event Action? LoadChanged;

    /// <summary>Whether it serves, and nobody uses it or is about to.</summary>
    public bool IsIdle => State == WorkerState.Serving && !IsConnected && _load.Objects == 0 && !_names.HasAnyOf(this)
        && !_expected.Any;

    /// <summary>Says what it is for; it is loaded next.</summary>
    /// <param name="demand">What it was asked for.</param>
    /// <param name="holding">What it holds of the machine.</param>
    /// <param name="groups">What limits its memory.</param>
    /// <param name="shareBytes">How much of the machine's memory the host may give out in all; null for all of it.</param>
    public void Assign(WorkerDemand demand, Holding holding, MemoryGroups groups, long? shareBytes)
    {
        (Demand, Holding, _groups) = (demand, holding, groups);

        // The rest of the machine is others', whether or not whoever shares it out sees to that.
        long? limit = demand.MemoryLimitBytes ?? (groups.OwnLimitBytes <= shareBytes ? null : shareBytes);
        if (limit is { } bytes)
            MemoryLimit = new MemoryLimit(Id, ProcessId, bytes, groups);
    }

    /// <summary>Gives a ticket for the worker: whoever has it is expected until he has come, or the ticket has run out.</summary>
    /// <param name="caller">Who gets it.</param>
    public WorkerTicket GiveTicket(string caller)
    {
        Touch();
        _expected.Add();
        DateTimeOffset expiresAt = _time.GetUtcNow() + WorkerPool.TicketLifetime;
        byte[] ticket = Ticket.Mint(_ticketKey, expiresAt);
        Holders.Add(Ticket.NonceOf(ticket), caller);
        return new WorkerTicket(this, ticket, expiresAt);
    }

    /// <summary>Ends it at once, because somebody asks for it.</summary>
    public void KillOnRequest() => Kill(() =>
    {
        _isEndedOnRequest = true;
        LogEndedOnRequest(Id);
    });

    /// <summary>Ends it, as its machine is about to be taken away.</summary>
    /// <param name="isTimeOver">Whether the machine's time is over; else it is taken back.</param>
    public void Preempt(bool isTimeOver) => Kill(() => (_isPreempted, _isTimeOver) = (!isTimeOver, isTimeOver));

    /// <summary>Drains it, and ends it by force if it takes too long.</summary>
    public async Task RetireAsync(TimeSpan timeout)
    {
        Drain();
        try
        {
            await Ended.WaitAsync(timeout, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            LogKilled(Id, timeout.TotalSeconds);
            Kill();
        }
    }

    private Dictionary<string, string> VariablesOver(ImageEnvironment? environment)
    {
        var variables = new Dictionary<string, string>(environment?.Variables ?? new Dictionary<string, string>());
        foreach ((string name, string value) in Demand?.Variables ?? new Dictionary<string, string>())
            variables[name] = value;
        foreach ((string name, string value) in Holding.Devices.Count > 0 ? Accelerators.VariablesFor(Holding.Devices) : [])
            variables[name] = value;
        return variables;
    }

    [LoggerMessage(LogLevel.Information, "Worker {Id} is ended by command (runhouse kill)")]
    private partial void LogEndedOnRequest(string id);
}
