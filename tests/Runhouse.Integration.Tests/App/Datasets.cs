#pragma warning disable RH0120 // The tests ask one worker how often its static state has changed.

namespace Runhouse.Integration.App;

/// <summary>Values that stay in the worker.</summary>
public static class Datasets
{
    private static int _disposed;

    /// <summary>Makes a value larger than any body may be, so that a trip of its bytes would fail.</summary>
    [Remote]
    public static Task<RemoteRef<byte[]>> CreateLargeAsync(int megabytes) => Task.FromResult(RemoteRef.Create(new byte[megabytes << 20]));

    [Remote]
    public static Task<RemoteRef<Order>> CreateAsync(Order order) => Task.FromResult(RemoteRef.Create(order));

    [Remote]
    public static Task<RemoteRef<Order>> SameAsync(RemoteRef<Order> order) => Task.FromResult(order);

    [Remote]
    public static Task<long> LengthAsync(RemoteRef<byte[]> data) => Task.FromResult(data.Value.LongLength);

    [Remote]
    public static Task<string> CustomerAsync(RemoteRef<Order>? order) => Task.FromResult(order?.Value.Customer ?? "nobody");

    [Remote]
    public static Task<RemoteRef<int>[]> SplitAsync(int parts) => Task.FromResult(Enumerable.Range(0, parts).Select(static i => RemoteRef.Create(i)).ToArray());

    [Remote]
    public static Task<int> AddAsync(IReadOnlyList<RemoteRef<int>> parts) => Task.FromResult(parts.Sum(static part => part.Value));

    /// <summary>A value with a reference to a value of its own type, and so on.</summary>
    [Remote]
    public static Task<Link> ChainAsync(int length)
    {
        Link? last = null;
        for (int i = 1; i <= length; i++)
            last = new Link(i, last is null ? null : RemoteRef.Create(last));
        return Task.FromResult(last!);
    }

    /// <summary>A value of a type that cannot travel at all.</summary>
    [Remote]
    public static Task<RemoteRef<Resource>> OpenAsync() => Task.FromResult(RemoteRef.Create(new Resource(static () => Interlocked.Increment(ref _disposed))));

    [Remote]
    public static Task<bool> IsOpenAsync(RemoteRef<Resource> resource) => Task.FromResult(resource.Value.IsOpen);

    [Remote]
    public static async Task<bool> IsOpenAfterAsync(RemoteRef<Resource> resource, IAsyncEnumerable<int> until)
    {
        await foreach (int _ in until)
        {
        }

        return resource.Value.IsOpen;
    }

    [Remote]
    public static Task<int> CountDisposedAsync() => Task.FromResult(Volatile.Read(ref _disposed));

    [Remote]
    public static async Task<RemoteRef<Resource>> ReturnDisposedAsync()
    {
        await using RemoteRef<Resource> reference = RemoteRef.Create(new Resource(static () => Interlocked.Increment(ref _disposed)));
        return reference;
    }

    /// <summary>Remote code that makes a value, and calls other remote code of its worker with it and with what it was given.</summary>
    [Remote]
    public static async Task<string> DelegateAsync(RemoteRef<Order> given)
    {
        RemoteRef<Order> own = RemoteRef.Create(given.Value with { Customer = "own" });
        await using RemoteRef<Order> returned = await Datasets.Remote.CreateAsync(given.Value with { Customer = "returned" });
        string[] customers = [await Datasets.Remote.CustomerAsync(given), await Datasets.Remote.CustomerAsync(own), await Datasets.Remote.CustomerAsync(returned), returned.Value.Customer];
        return string.Join(",", customers);
    }

    /// <summary>Something that only its process can use.</summary>
    public sealed class Resource(Action onDispose) : IDisposable
    {
        public Action OnDispose { get; } = onDispose;

        public bool IsOpen { get; private set; } = true;

        public void Dispose()
        {
            IsOpen = false;
            OnDispose();
        }
    }
}

/// <summary>A part of a chain whose rest stays where it was made.</summary>
public sealed record Link(int Number, RemoteRef<Link>? Next);

/// <summary>An object that is given references.</summary>
[Remote]
public sealed class Clerk
{
    public Task<string> CustomerAsync(RemoteRef<Order> order) => Task.FromResult(order.Value.Customer);
}
