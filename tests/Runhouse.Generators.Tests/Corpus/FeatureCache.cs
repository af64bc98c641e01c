// A recommender's feature service: LRU cache with expiry, a token bucket per tenant, a circuit breaker and statistics, all per object.
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace Corpus.FeatureCache;

public sealed record Features(string User, float[] Values, DateTimeOffset ComputedAt);

public sealed record CacheStatistics(long Hits, long Misses, long Evictions, int Entries)
{
    public double HitRate => Hits + Misses == 0 ? 0 : (double)Hits / (Hits + Misses);
}

public sealed record TenantLimits(int RequestsPerSecond = 100, int Burst = 200);

public sealed class TooManyRequestsException(string message, TimeSpan retryAfter) : Exception(message)
{
    public TimeSpan RetryAfter { get; } = retryAfter;
}

public enum BreakerState
{
    Closed,
    Open,
    HalfOpen,
}

internal sealed class LruCache<TKey, TValue>(int capacity, TimeSpan lifetime, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value, DateTimeOffset Expires)>> _nodes = new(capacity);
    private readonly LinkedList<(TKey Key, TValue Value, DateTimeOffset Expires)> _order = [];

    public long Hits { get; private set; }

    public long Misses { get; private set; }

    public long Evictions { get; private set; }

    public int Count
    {
        get
        {
            lock (_gate)
                return _nodes.Count;
        }
    }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(key, out var node) && node.Value.Expires > time.GetUtcNow())
            {
                _order.Remove(node);
                _order.AddFirst(node);
                Hits++;
                value = node.Value.Value;
                return true;
            }

            Misses++;
            value = default;
            return false;
        }
    }

    public void Set(TKey key, TValue value)
    {
        lock (_gate)
        {
            if (_nodes.Remove(key, out var old))
                _order.Remove(old);
            _nodes[key] = _order.AddFirst((key, value, time.GetUtcNow() + lifetime));
            if (_nodes.Count <= capacity)
                return;
            _nodes.Remove(_order.Last!.Value.Key);
            _order.RemoveLast();
            Evictions++;
        }
    }
}

internal sealed class TokenBucket(TenantLimits limits, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = limits.Burst;
    private long _last = time.GetTimestamp();

    public bool TryTake(out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            _tokens = Math.Min(limits.Burst, _tokens + (time.GetElapsedTime(_last).TotalSeconds * limits.RequestsPerSecond));
            _last = time.GetTimestamp();
            if (_tokens >= 1)
            {
                _tokens--;
                retryAfter = TimeSpan.Zero;
                return true;
            }

            retryAfter = TimeSpan.FromSeconds((1 - _tokens) / limits.RequestsPerSecond);
            return false;
        }
    }
}

internal sealed class CircuitBreaker(int threshold, TimeSpan pause, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _failures;
    private DateTimeOffset _openUntil;

    public BreakerState State
    {
        get
        {
            lock (_gate)
                return _failures < threshold ? BreakerState.Closed : time.GetUtcNow() < _openUntil ? BreakerState.Open : BreakerState.HalfOpen;
        }
    }

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        if (State == BreakerState.Open)
            throw new InvalidOperationException("The feature store failed several times in a row; it is asked again in a while.");
        try
        {
            T result = await action(cancellationToken);
            lock (_gate)
                _failures = 0;
            return result;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            lock (_gate)
            {
                _failures++;
                _openUntil = time.GetUtcNow() + pause;
            }

            throw;
        }
    }
}

public interface IFeatureStore
{
    Task<Features> ComputeAsync(string user, CancellationToken cancellationToken);
}

[Remote(Cpus = "2+", Memory = "32+")]
public sealed partial class FeatureService : IDisposable
{
    private readonly LruCache<string, Features> _cache;
    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<Features>>> _pending = new(StringComparer.Ordinal);
    private readonly CircuitBreaker _breaker;
    private readonly SemaphoreSlim _computing = new(64);
    private readonly TenantLimits _limits;
    private readonly IFeatureStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<FeatureService> _logger;

    public FeatureService(
        int capacity, TimeSpan lifetime, TenantLimits limits, [FromServices] IFeatureStore store, [FromServices] TimeProvider time, [FromServices] ILogger<FeatureService> logger)
    {
        _cache = new LruCache<string, Features>(capacity, lifetime, time);
        _breaker = new CircuitBreaker(threshold: 5, TimeSpan.FromSeconds(30), time);
        (_limits, _store, _time, _logger) = (limits, store, time, logger);
    }

    public BreakerState Breaker => _breaker.State;

    public async Task<Features> GetAsync(string tenant, string user, CancellationToken cancellationToken = default)
    {
        TokenBucket bucket = _buckets.GetOrAdd(tenant, _ => new TokenBucket(_limits, _time));
        if (!bucket.TryTake(out TimeSpan retryAfter))
        {
            LogLimited(_logger, tenant, retryAfter);
            throw new TooManyRequestsException($"{tenant} asks more than {_limits.RequestsPerSecond} times a second.", retryAfter);
        }

        if (_cache.TryGet(user, out Features? cached))
            return cached;
        Lazy<Task<Features>> pending = _pending.GetOrAdd(user, _ => new Lazy<Task<Features>>(() => ComputeAsync(user)));
        return await pending.Value.WaitAsync(cancellationToken);
    }

    public CacheStatistics Statistics() => new(_cache.Hits, _cache.Misses, _cache.Evictions, _cache.Count);

    public void Dispose() => _computing.Dispose();

    /// <summary>Shared by everybody who waits for the same user, so that no caller's cancellation ends it.</summary>
    private async Task<Features> ComputeAsync(string user)
    {
        if (!await _computing.WaitAsync(TimeSpan.FromSeconds(10)))
            throw new TimeoutException("Too many feature computations are waiting.");
        try
        {
            Features features = await _breaker.RunAsync(token => _store.ComputeAsync(user, token), CancellationToken.None);
            _cache.Set(user, features);
            return features;
        }
        finally
        {
            _computing.Release();
            _pending.TryRemove(user, out _);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant} has to wait {RetryAfter}")]
    private static partial void LogLimited(ILogger logger, string tenant, TimeSpan retryAfter);
}

public sealed class Recommender(FeatureServiceRemote features, TimeProvider time)
{
    public async Task<IReadOnlyList<Features>> GatherAsync(string tenant, IEnumerable<string> users, CancellationToken cancellationToken)
        => await Task.WhenAll(users.Select(user => WithPatienceAsync(tenant, user, cancellationToken)));

    private async Task<Features> WithPatienceAsync(string tenant, string user, CancellationToken cancellationToken)
    {
        try
        {
            return await features.GetAsync(tenant, user, cancellationToken);
        }
        catch (TooManyRequestsException limited)
        {
            await Task.Delay(limited.RetryAfter, time, cancellationToken);
            return await features.GetAsync(tenant, user, cancellationToken);
        }
    }
}
