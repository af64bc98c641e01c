using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Runhouse.Protocol.Generated;
using Runhouse.Worker.TestApp;

[assembly: RemoteContract(typeof(AppContract))]

namespace Runhouse.Worker.TestApp;

/// <summary>The contract as the generator would write it.</summary>
public sealed class AppContract : RemoteContract
{
    public static readonly RemoteMethod<int> MeetBlocking = new(1001, "Jobs.MeetBlocking", 1, ReadInt32);
    public static readonly RemoteMethod<int> OneAtATime = new(1002, "Jobs.OneAtATimeAsync", 1, ReadInt32);
    public static readonly RemoteMethod<int> Write = new(1003, "Jobs.WriteAsync", 1, ReadInt32);
    public static readonly RemoteMethod<string?> DescribeContext = new(1004, "Jobs.DescribeContextAsync", 1, ReadString);
    public static readonly RemoteMethod<Unit> WaitForCancellation = new(1005, "Jobs.WaitForCancellationAsync", 1, null);
    public static readonly RemoteMethod<string?> UseMissingAssembly = new(1006, "Jobs.UseMissingAssembly", 1, ReadString);
    public static readonly RemoteMethod<int> UseMissingLibrary = new(1007, "Jobs.UseMissingLibrary", 1, ReadInt32);
    public static readonly RemoteMethod<int> Fail = new(1008, "Jobs.Fail", 1, ReadInt32);
    public static readonly RemoteMethod<int> Disposed = new(1009, "Counter.Disposed", 1, ReadInt32);
    public static readonly RemoteMethod<ulong> NewCounter = new(1010, "Counter.Counter", 1, static (ref WireReader reader) => reader.ReadUInt64());
    public static readonly RemoteMethod<int> Add = new(1011, "Counter.Add", 1, ReadInt32);
    public static readonly RemoteMethod<int> Gate = new(1012, "Jobs.Gate", 1, ReadInt32);
    public static readonly RemoteMethod<ulong> NewDefaultCounter = new(1013, "Counter.Counter", 1, static (ref WireReader reader) => reader.ReadUInt64());
    public static readonly RemoteMethod<int> Count = new(1014, "Jobs.Count", 1, ReadInt32);
    public static readonly RemoteMethod<Unit> Stay = new(1015, "Jobs.StayAsync", 1, null);
    public static readonly RemoteMethod<ulong> NewKeptCounter = new(1016, "KeptCounter.KeptCounter", 1, static (ref WireReader reader) => reader.ReadUInt64());
    public static readonly RemoteMethod<int> AddKept = new(1017, "KeptCounter.Add", 1, ReadInt32);
    public static readonly RemoteMethod<int> Unknown = new(1099, "Jobs.Unknown", 1, ReadInt32);
    public static readonly RemoteMethod<int> FailOfAnotherShape = new(1008, "Jobs.Fail", 2, ReadInt32);

    public override string AssemblyName => "Runhouse.Worker.TestApp";

    public override ulong Hash => 1;

    public override IReadOnlyList<RemoteMember> Members { get; } =
    [
        Function(MeetBlocking, blocking: true),
        Function(OneAtATime, concurrency: 1),
        Function(Write),
        Function(DescribeContext),
        Function(WaitForCancellation),
        Function(UseMissingAssembly, blocking: true),
        Function(UseMissingLibrary, blocking: true),
        Function(Fail, blocking: true),
        Function(Disposed, blocking: true),
        Function(Gate, blocking: true),
        Function(Count, blocking: true),
        Function(Stay),
        new(NewCounter.Id, typeof(Counter).FullName!, NewCounter.Name, NewCounter.SchemaHash, RemoteMemberKind.Constructor) { IsBlocking = true },
        new(NewDefaultCounter.Id, typeof(Counter).FullName!, NewDefaultCounter.Name, NewDefaultCounter.SchemaHash, RemoteMemberKind.Constructor) { IsBlocking = true },
        new(NewKeptCounter.Id, typeof(KeptCounter).FullName!, NewKeptCounter.Name, NewKeptCounter.SchemaHash, RemoteMemberKind.Constructor) { IsBlocking = true },
        new(AddKept.Id, typeof(KeptCounter).FullName!, AddKept.Name, AddKept.SchemaHash, RemoteMemberKind.Member) { IsBlocking = true },
        new(Add.Id, typeof(Counter).FullName!, Add.Name, Add.SchemaHash, RemoteMemberKind.Member) { IsBlocking = true },
    ];

    public override async ValueTask DispatchAsync(IncomingCall call)
    {
        switch (call.MethodId)
        {
            case 1001:
                Complete(call, Jobs.MeetBlocking());
                break;
            case 1002:
                Complete(call, await Jobs.OneAtATimeAsync());
                break;
            case 1003:
                Complete(call, await Jobs.WriteAsync(Argument(call)));
                break;
            case 1004:
                Complete(call, await Jobs.DescribeContextAsync());
                break;
            case 1005:
                await Jobs.WaitForCancellationAsync(call.CancellationToken);
                call.Complete();
                break;
            case 1006:
                Complete(call, Jobs.UseMissingAssembly());
                break;
            case 1007:
                Complete(call, Jobs.UseMissingLibrary());
                break;
            case 1008:
                Complete(call, Jobs.Fail());
                break;
            case 1009:
                Complete(call, Counter.Disposed);
                break;
            case 1012:
                Complete(call, Jobs.Gate(Argument(call)));
                break;
            case 1014:
                Complete(call, Jobs.Count(Bytes(call)));
                break;
            case 1015:
                // Waits, whatever becomes of its caller.
                await new TaskCompletionSource().Task;
                break;
            case 1010:
                call.CompleteWithObject(new Counter(Argument(call)));
                break;
            case 1013:
                call.CompleteWithObject(new Counter(0));
                break;
            case 1016:
                call.CompleteWithObject(new KeptCounter());
                break;
            case 1017:
                Complete(call, ((KeptCounter)call.Target!).Add(Argument(call)));
                break;
            case 1011:
                Complete(call, ((Counter)call.Target!).Add(Argument(call)));
                break;
        }
    }

    public override RemoteSnapshot? FindSnapshot(string typeName) => typeName == typeof(KeptCounter).FullName
        ? new RemoteSnapshot<int>(static (ref WireWriter writer, int value) => writer.WriteInt32(value), static (ref WireReader reader) => reader.ReadInt32())
        : null;

    [SuppressMessage("Usage", "CA2255", Justification = "Stands for the generator's.")]
    [ModuleInitializer]
    internal static void Register() => RemoteContracts.Register(new AppContract());

    private static RemoteMember Function(RemoteMethod method, bool blocking = false, int concurrency = 0)
        => new(method.Id, typeof(Jobs).FullName!, method.Name, method.SchemaHash, RemoteMemberKind.Function)
        {
            IsBlocking = blocking,
            Concurrency = concurrency,
        };

    private static int ReadInt32(ref WireReader reader) => reader.ReadInt32();

    private static string? ReadString(ref WireReader reader) => reader.ReadString();

    private static int Argument(IncomingCall call)
    {
        var reader = call.BeginArguments();
        int argument = reader.ReadInt32();
        call.EndArguments();
        return argument;
    }

    private static byte[] Bytes(IncomingCall call)
    {
        var reader = call.BeginArguments();
        byte[] argument = reader.ReadBlock<byte>() ?? [];
        call.EndArguments();
        return argument;
    }

    private static void Complete(IncomingCall call, int result)
    {
        var writer = call.BeginResult();
        writer.WriteInt32(result);
        call.Complete(ref writer);
    }

    private static void Complete(IncomingCall call, string result)
    {
        var writer = call.BeginResult();
        writer.WriteString(result);
        call.Complete(ref writer);
    }
}
