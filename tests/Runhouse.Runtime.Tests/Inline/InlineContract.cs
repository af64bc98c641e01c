using Runhouse.Protocol.Generated;

namespace Runhouse.Runtime.Tests.Inline;

/// <summary>What the generator would write for a small assembly, by hand.</summary>
internal sealed class InlineContract : RemoteContract
{
    /// <summary>The class as a contract names it: of a closed generic one, reflection says something else.</summary>
    public const string CounterName = "App.Counter<int>";

    public static readonly RemoteMethod<int> Sum = new(1000, "Jobs.Sum", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<int> SumStream = new(1001, "Jobs.SumStreamAsync", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<Unit> Fail = new(1002, "Jobs.Fail", 1, null);
    public static readonly RemoteMethod<Unit> Wait = new(1003, "Jobs.WaitAsync", 1, null);
    public static readonly RemoteStreamMethod<int> Count = new(1004, "Jobs.CountAsync", 1, static (ref reader) => reader.ReadInt32());
    public static readonly RemoteMethod<Unit> Report = new(1005, "Jobs.Report", 1, null);
    public static readonly RemoteMethod<string?> Greet = new(1006, "Jobs.Greet", 1, static (ref reader) => reader.ReadString());
    public static readonly RemoteMethod<string?> Where = new(1007, "Jobs.Where", 1, static (ref reader) => reader.ReadString());
    public static readonly RemoteMethod<ulong> NewCounter = new(1010, "Counter", 1, static (ref reader) => reader.ReadUInt64());
    public static readonly RemoteMethod<ulong> NewDefaultCounter = new(1012, "Counter", 1, static (ref reader) => reader.ReadUInt64());
    public static readonly RemoteMethod<int> Add = new(1011, "Counter.Add", 1, static (ref reader) => reader.ReadInt32());

    public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Counter? LastCounter { get; private set; }

    public int[]? LastSummed { get; private set; }

    public override string AssemblyName => "InlineTests";

    public override ulong Hash => 1;

    public override IReadOnlyList<RemoteMember> Members { get; } =
    [
        new(NewCounter.Id, CounterName, NewCounter.Name, NewCounter.SchemaHash, RemoteMemberKind.Constructor),
        new(NewDefaultCounter.Id, CounterName, NewDefaultCounter.Name, NewDefaultCounter.SchemaHash, RemoteMemberKind.Constructor),
    ];

    public override IServiceProvider? CreateServices(RemoteServicesContext context)
        => RemoteServices.Create(context, services => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(services, new Greeter("Hello")));

    public override ValueTask DispatchAsync(IncomingCall call) => call.MethodId switch
    {
        1000 => RunSum(call),
        1001 => RunSumStreamAsync(call),
        1002 => throw new ArgumentException("Bad.", nameof(call)),
        1003 => RunWaitAsync(call),
        1004 => call.CompleteWithStreamAsync(CountAsync(call.CancellationToken), static (ref writer, value) => writer.WriteInt32(value)),
        1005 => RunReport(call),
        1006 => Complete(call, call.GetService<Greeter>("Jobs(greeter)").Greeting),
        1007 => Complete(call, RemoteContext.Current?.Worker),
        1010 => RunNewCounter(call),
        1011 => RunAdd(call),
        1012 => RunNewDefaultCounter(call),
        _ => throw new NotSupportedException(),
    };

    private static ValueTask Complete(IncomingCall call, string? result)
    {
        var writer = call.BeginResult();
        writer.WriteString(result);
        call.Complete(ref writer);
        return default;
    }

    private static ValueTask Complete(IncomingCall call, int result)
    {
        var writer = call.BeginResult();
        writer.WriteInt32(result);
        call.Complete(ref writer);
        return default;
    }

    private static ValueTask RunReport(IncomingCall call)
    {
        var reader = call.BeginArguments();
        IProgress<int> progress = call.ReadProgress<int>(ref reader, static (ref writer, value) => writer.WriteInt32(value))!;
        progress.Report(1);
        progress.Report(2);
        call.Complete();
        return default;
    }

    private static async ValueTask RunSumStreamAsync(IncomingCall call)
    {
        int sum = 0;
        await foreach (int item in Read(call)!)
            sum += item;
        await Complete(call, sum);

        static IAsyncEnumerable<int>? Read(IncomingCall call)
        {
            var reader = call.BeginArguments();
            return call.ReadStream<int>(ref reader, static (ref reader) => reader.ReadInt32());
        }
    }

    private static ValueTask RunAdd(IncomingCall call)
    {
        var reader = call.BeginArguments();
        return Complete(call, ((Counter)call.Target!).Add(reader.ReadInt32()));
    }

    private ValueTask RunNewCounter(IncomingCall call)
    {
        var reader = call.BeginArguments();
        LastCounter = new Counter(reader.ReadInt32());
        call.CompleteWithObject(LastCounter);
        return default;
    }

    private ValueTask RunNewDefaultCounter(IncomingCall call)
    {
        LastCounter = new Counter(0);
        call.CompleteWithObject(LastCounter);
        return default;
    }

    private ValueTask RunSum(IncomingCall call)
    {
        var reader = call.BeginArguments();
        LastSummed = reader.ReadBlock<int>();
        return Complete(call, LastSummed!.Sum());
    }

    private async ValueTask RunWaitAsync(IncomingCall call)
    {
        Started.TrySetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
        }
        finally
        {
            Stopped.TrySetResult();
        }
    }

    private async IAsyncEnumerable<int> CountAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
                await Task.Yield();
            }
        }
        finally
        {
            Stopped.TrySetResult();
        }
    }

    internal sealed record Greeter(string Greeting);

    internal sealed class Counter(int value) : IAsyncDisposable
    {
        private int _value = value;

        public bool Disposed { get; private set; }

        public int Add(int by) => _value += by;

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return default;
        }
    }
}
