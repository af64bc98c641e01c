#pragma warning disable RH0131 // A ledger ends its worker, which is what a test is about.

namespace Runhouse.Integration.App;

/// <summary>What a ledger keeps.</summary>
public sealed record LedgerState(string Owner, string[] Entries);

/// <summary>A remote class whose named objects keep their state.</summary>
[Remote]
public sealed class Ledger(string owner) : ISnapshot<LedgerState>
{
    private readonly Lock _lock = new();
    private readonly List<string> _entries = [];
    private int _restored;

    public int ProcessId => Environment.ProcessId;

    /// <summary>Adds an entry, and gives the owner and all entries.</summary>
    public Task<string> AddAsync(string entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
            return Task.FromResult($"{owner}: {string.Join(' ', _entries)}");
        }
    }

    /// <summary>Adds an entry once it may.</summary>
    public async Task<string> AddWhenAsync(string entry, string started, string go)
    {
        await File.WriteAllTextAsync(started, "");
        while (!File.Exists(go))
            await Task.Delay(10);
        return await AddAsync(entry);
    }

    /// <summary>How often the state of this instance was restored: never, or once.</summary>
    public Task<int> RestoredAsync() => Task.FromResult(_restored);

    /// <summary>Ends the worker.</summary>
    public Task DieAsync()
    {
        Environment.FailFast("a ledger's worker ends");
        return Task.CompletedTask;
    }

    public ValueTask<LedgerState> TakeSnapshotAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(new LedgerState(owner, [.. _entries]));
    }

    public ValueTask RestoreAsync(LedgerState state, CancellationToken cancellationToken)
    {
        if (state.Owner != owner)
            throw new InvalidOperationException($"the state is that of {state.Owner}, not of {owner}");
        lock (_lock)
            _entries.AddRange(state.Entries);
        _restored++;
        return default;
    }
}

/// <summary>A remote class that blocks when it is to give its state, as soon as there is a file that says so.</summary>
[Remote]
public sealed class Clog(string file) : ISnapshot<string>
{
    private string _text = "";

    public Task<string> AddAsync(string text)
    {
        _text += text;
        return Task.FromResult(_text);
    }

    public ValueTask<string> TakeSnapshotAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(file))
            Thread.Sleep(Timeout.Infinite);
        return new(_text);
    }

    public ValueTask RestoreAsync(string state, CancellationToken cancellationToken)
    {
        _text = state;
        return default;
    }
}

/// <summary>A remote class whose calls run one after the other, and whose state is taken between them: it refuses while a call is inside.</summary>
[Remote(Concurrency = 1)]
public sealed class Turnstile : ISnapshot<int>
{
    private int _passed;
    private bool _isInside;

    public async Task<int> PassAsync()
    {
        _isInside = true;
        await Task.Delay(1);
        _passed++;
        _isInside = false;
        return _passed;
    }

    public ValueTask<int> TakeSnapshotAsync(CancellationToken cancellationToken) => _isInside ? throw new InvalidOperationException("a call is inside") : new(_passed);

    public ValueTask RestoreAsync(int state, CancellationToken cancellationToken)
    {
        _passed = state;
        return default;
    }
}

/// <summary>A remote class with more state than is kept, once it is told to.</summary>
[Remote]
public sealed class Hoard : ISnapshot<byte[]>
{
    private byte[] _bytes = [];

    public Task<int> FillAsync(int size)
    {
        _bytes = new byte[size];
        return Task.FromResult(size);
    }

    public ValueTask<byte[]> TakeSnapshotAsync(CancellationToken cancellationToken) => new(_bytes);

    public ValueTask RestoreAsync(byte[] state, CancellationToken cancellationToken)
    {
        _bytes = state;
        return default;
    }
}
