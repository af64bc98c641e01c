// A neobank's ledger by event sourcing: events are a union, accounts fold them, projections read them, transfers are a small saga.
using System.Collections.Concurrent;
using System.Text.Json.Serialization;

namespace Corpus.BankLedger;

[JsonDerivedType(typeof(AccountOpened), "opened")]
[JsonDerivedType(typeof(MoneyDeposited), "deposited")]
[JsonDerivedType(typeof(MoneyWithdrawn), "withdrawn")]
[JsonDerivedType(typeof(AccountFrozen), "frozen")]
[JsonDerivedType(typeof(AccountClosed), "closed")]
public abstract record LedgerEvent(Guid Account, DateTimeOffset At);

public sealed record AccountOpened(Guid Account, DateTimeOffset At, string Owner, string Currency) : LedgerEvent(Account, At);

public sealed record MoneyDeposited(Guid Account, DateTimeOffset At, decimal Amount, string Reference) : LedgerEvent(Account, At);

public sealed record MoneyWithdrawn(Guid Account, DateTimeOffset At, decimal Amount, string Reference) : LedgerEvent(Account, At);

public sealed record AccountFrozen(Guid Account, DateTimeOffset At, string Reason) : LedgerEvent(Account, At);

public sealed record AccountClosed(Guid Account, DateTimeOffset At) : LedgerEvent(Account, At);

public enum AccountStatus
{
    Unknown,
    Active,
    Frozen,
    Closed,
}

public sealed record AccountState(AccountStatus Status, string Owner, string Currency, decimal Balance, int Version)
{
    public static AccountState None { get; } = new(AccountStatus.Unknown, "", "", 0, 0);

    public AccountState Apply(LedgerEvent happened) => (Status, happened) switch
    {
        (AccountStatus.Unknown, AccountOpened opened) => new(AccountStatus.Active, opened.Owner, opened.Currency, 0, 1),
        (AccountStatus.Active, MoneyDeposited deposited) => this with { Balance = Balance + deposited.Amount, Version = Version + 1 },
        (AccountStatus.Active, MoneyWithdrawn withdrawn) => this with { Balance = Balance - withdrawn.Amount, Version = Version + 1 },
        (AccountStatus.Active, AccountFrozen) => this with { Status = AccountStatus.Frozen, Version = Version + 1 },
        (AccountStatus.Active or AccountStatus.Frozen, AccountClosed) => this with { Status = AccountStatus.Closed, Version = Version + 1 },
        _ => throw new LedgerException($"{happened.GetType().Name} cannot happen to an account that is {Status}.", LedgerFault.WrongState),
    };
}

public enum LedgerFault
{
    WrongState,
    InsufficientFunds,
    CurrencyMismatch,
    Concurrency,
}

public sealed class LedgerException(string message, LedgerFault fault) : Exception(message)
{
    public LedgerFault Fault { get; } = fault;
}

public sealed record Balance(Guid Account, string Owner, decimal Amount, string Currency);

public sealed record Transfer(Guid Id, Guid From, Guid To, decimal Amount, string Text);

public sealed record StatementLine(DateTimeOffset At, string Text, decimal Amount, decimal Running);

internal sealed class Account
{
    private readonly List<LedgerEvent> _events = [];

    public AccountState State { get; private set; } = AccountState.None;

    public IReadOnlyList<LedgerEvent> Events => _events;

    public void Record(LedgerEvent happened)
    {
        State = State.Apply(happened);
        _events.Add(happened);
    }
}

[Remote(Memory = "8+", Concurrency = 32)]
public sealed class Ledger([FromServices] TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, Account> _accounts = new();
    private readonly ConcurrentDictionary<Guid, byte> _doneTransfers = new();

    public Task<Guid> OpenAsync(string owner, string currency)
    {
        if (currency is not { Length: 3 } || currency.Any(static c => !char.IsAsciiLetterUpper(c)))
            throw new ArgumentException($"'{currency}' is no ISO 4217 code.", nameof(currency));
        var id = Guid.CreateVersion7(time.GetUtcNow());
        var account = new Account();
        account.Record(new AccountOpened(id, time.GetUtcNow(), owner, currency));
        _accounts[id] = account;
        return Task.FromResult(id);
    }

    public Task<Balance> DepositAsync(Guid id, decimal amount, string reference)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(amount);
        return Task.FromResult(Change(id, new MoneyDeposited(id, time.GetUtcNow(), amount, reference)));
    }

    /// <summary>Moves money once, however often it is asked for.</summary>
    public Task<bool> TransferAsync(Transfer transfer)
    {
        if (!_doneTransfers.TryAdd(transfer.Id, 0))
            return Task.FromResult(false);
        try
        {
            Account from = Find(transfer.From), to = Find(transfer.To);
            if (from.State.Currency != to.State.Currency)
                throw new LedgerException($"{transfer.Id} moves {from.State.Currency} to an account in {to.State.Currency}.", LedgerFault.CurrencyMismatch);
            Change(transfer.From, new MoneyWithdrawn(transfer.From, time.GetUtcNow(), transfer.Amount, transfer.Text));
            try
            {
                Change(transfer.To, new MoneyDeposited(transfer.To, time.GetUtcNow(), transfer.Amount, transfer.Text));
            }
            catch (LedgerException)
            {
                Change(transfer.From, new MoneyDeposited(transfer.From, time.GetUtcNow(), transfer.Amount, "reversal of " + transfer.Text));
                throw;
            }

            return Task.FromResult(true);
        }
        catch
        {
            _doneTransfers.TryRemove(transfer.Id, out _);
            throw;
        }
    }

    public void Freeze(Guid id, string reason) => Change(id, new AccountFrozen(id, time.GetUtcNow(), reason));

    public async IAsyncEnumerable<LedgerEvent> ReadAsync(Guid id, int after = 0)
    {
        Account account = Find(id);
        for (int i = after; i < account.Events.Count; i++)
        {
            yield return account.Events[i];
            if (i % 256 == 255)
                await Task.Yield();
        }
    }

    public IReadOnlyList<StatementLine> Statement(Guid id, DateTimeOffset from, DateTimeOffset to)
    {
        decimal running = 0;
        var lines = new List<StatementLine>();
        foreach (LedgerEvent happened in Find(id).Events)
        {
            (decimal amount, string text) = happened switch
            {
                MoneyDeposited deposited => (deposited.Amount, deposited.Reference),
                MoneyWithdrawn withdrawn => (-withdrawn.Amount, withdrawn.Reference),
                AccountFrozen frozen => (0m, "frozen: " + frozen.Reason),
                _ => (0m, ""),
            };
            running += amount;
            if (happened.At >= from && happened.At < to && text.Length > 0)
                lines.Add(new StatementLine(happened.At, text, amount, running));
        }

        return lines;
    }

    private Balance Change(Guid id, LedgerEvent happened)
    {
        Account account = Find(id);
        lock (account)
        {
            if (happened is MoneyWithdrawn withdrawn && account.State.Balance < withdrawn.Amount)
                throw new LedgerException($"The balance of {account.State.Balance} does not cover {withdrawn.Amount}.", LedgerFault.InsufficientFunds);
            account.Record(happened);
            return new Balance(id, account.State.Owner, account.State.Balance, account.State.Currency);
        }
    }

    private Account Find(Guid id) => _accounts.TryGetValue(id, out Account? account) ? account : throw new KeyNotFoundException($"There is no account {id}.");
}

public sealed class PaymentEndpoint(LedgerRemote ledger, TextWriter log)
{
    public async Task<int> PostTransferAsync(Transfer transfer, CancellationToken cancellationToken)
    {
        try
        {
            return await ledger.TransferAsync(transfer, cancellationToken) ? 201 : 200;
        }
        catch (LedgerException refused)
        {
            await log.WriteLineAsync($"{transfer.Id}: {refused.Message}");
            return refused.Fault switch
            {
                LedgerFault.InsufficientFunds => 402,
                LedgerFault.Concurrency => 409,
                _ => 422,
            };
        }
        catch (KeyNotFoundException)
        {
            return 404;
        }
        catch (RemoteException failed)
        {
            await log.WriteLineAsync(failed.ToString());
            return 502;
        }
    }

    public async Task<decimal> AuditAsync(Guid account, CancellationToken cancellationToken)
    {
        AccountState state = AccountState.None;
        await foreach (LedgerEvent happened in ledger.ReadAsync(account, cancellationToken: cancellationToken))
            state = state.Apply(happened);
        return state.Balance;
    }
}
