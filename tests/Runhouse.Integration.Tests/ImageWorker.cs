using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Runhouse.Integration.App;
using Runhouse.Protocol.Connections;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Configuration;
using Runhouse.Runtime.Deployment;
using Runhouse.Runtime.Images;
using Runhouse.Runtime.Logs;

namespace Runhouse.Integration;

/// <summary>A worker of this build for an image, on the host of this test run, and all that it and the image's steps wrote.</summary>
internal sealed class ImageWorker : IAsyncDisposable
{
    private readonly WorkerConnection _connection;
    private readonly ConnectionTarget _target;

    private ImageWorker(WorkerConnection connection, Lines output)
    {
        (_connection, Output) = (connection, output);
        _target = new ConnectionTarget(new Route(connection), ObjectForm.Array, new CallSettings(TimeSpan.FromSeconds(60), StreamLogs: true), new RunhouseOptions().Limits);
    }

    public string Id => _connection.Worker.WorkerId;

    public Lines Output { get; }

    /// <summary>A client of the host of this test run.</summary>
    public static async Task<HostClient> HostAsync(LocalHost host)
    {
        await Jobs.Remote.ProcessIdAsync();
        HostFile file = HostFile.TryRead(Path.Combine(host.Home, "local"))!;
        return new HostClient(new HostAddress(new Uri($"http://127.0.0.1:{file.Port}/"), file.Token, file.HostId, "local") { IsThisMachine = true }, TimeSpan.FromSeconds(30));
    }

    /// <summary>Applies an image.</summary>
    public static async Task<string?> ApplyAsync(LocalHost host, Image image, string name, Lines? output = null)
    {
        using HostClient client = await HostAsync(host);
        return await new ImageDeployment(new RunhouseHome(host.Home), output ?? new Lines(), TimeProvider.System).ApplyAsync(image, name, client, TestContext.Current.CancellationToken);
    }

    /// <summary>Applies an image and connects to a worker for it.</summary>
    public static async Task<ImageWorker> ConnectAsync(LocalHost host, Image image, string name)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        var output = new Lines();
        string? environment = await ApplyAsync(host, image, name, output);
        HostClient client = await HostAsync(host);
        var options = new RunhouseOptions();
        ApplicationBuild build = ApplicationBuild.Read(
            ApplicationClosure.FindDepsFile(),
            ApplicationClosure.FindProbingDirectories(),
            RuntimeInformation.RuntimeIdentifier,
            options.Application,
            new RunhouseHome(host.Home).HashCache,
            TimeProvider.System);
        ConnectReply reply = (await client.ConnectAsync(build.Id, new WorkerRequest { Environment = environment }, token))!;
        return new ImageWorker(await WorkerConnection.OpenAsync(client, reply, options, output, TimeProvider.System, lost: null, token), output);
    }

    /// <summary>Calls a function of <see cref="Surroundings"/> with a text.</summary>
    public async Task<string> CallAsync(string function, string argument)
    {
        RemoteMember member = RemoteContracts.Find(typeof(Surroundings).Assembly.GetName().Name!)!.Members.Single(
            member => member.TypeName == typeof(Surroundings).FullName && member.Signature.Contains(function + "(", StringComparison.Ordinal));
        var method = new RemoteMethod<string>(member.Id, function, member.SchemaHash, static (ref WireReader reader) => reader.ReadString()!);
        return await SendAsync();

        ValueTask<string> SendAsync()
        {
            OutgoingCall<string> call = _target.Begin(method);
            WireWriter writer = call.BeginArguments();
            writer.WriteString(argument);
            return call.SendAsync(ref writer, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync() => await _connection.RetireAsync();

    /// <summary>Lines as a caller gets them.</summary>
    internal sealed class Lines : RemoteOutput
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyList<string> All => [.. _lines];

        public override void Write(LogRecord record) => _lines.Enqueue(record.Text);
    }

    private sealed class Route(WorkerConnection connection) : ICallRouter
    {
        public bool TryGetRoute(out CallRoute route)
        {
            route = new CallRoute(connection.Calls, 0);
            return true;
        }

        public ValueTask<CallRoute> GetRouteAsync(CancellationToken cancellationToken) => new(new CallRoute(connection.Calls, 0));
    }
}
