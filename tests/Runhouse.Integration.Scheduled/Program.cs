using Runhouse;
using Runhouse.Integration.Scheduled;
using Runhouse.Protocol.Control;

const string Application = "ticking";

switch (args)
{
    case ["deploy", var build]:
        try
        {
            await using LiveDeployment deployed = await Cluster.Local().DeployAsync(build, Application);
            Console.WriteLine(deployed.Id);
        }
        catch (DeploymentException error)
        {
            Console.WriteLine("refused: " + error.Message);
        }

        break;
    case ["rollback"]:
        Console.WriteLine((await Cluster.Local().RollBackAsync(Application))[0].To);
        break;
    case ["outcome", var id]:
        RemoteCall<int> call = RemoteCall.FromId<int>(id);
        int result = await call.ResultAsync();
        CallStatus status = await call.StatusAsync();
        string[] lines = await call.LogsAsync().Select(static line => line.Line ?? "").ToArrayAsync();
        Console.WriteLine($"{status.State} {result} by {status.Caller}: {string.Join('|', lines)}");
        break;
    default:
        Console.WriteLine(await Ticks.Remote.TickAsync(1));
        break;
}

namespace Runhouse.Integration.Scheduled
{
    public static class Ticks
    {
        [Remote(Schedule = "* * * * * *", KeepsUp = true)]
        public static Task<int> TickAsync(int times = 3, string label = "tick|tock", IProgress<int>? progress = null, CancellationToken cancellationToken = default)
        {
            progress?.Report(times);
            Console.WriteLine($"{label} {times}");
            return Task.FromResult(times);
        }
    }
}
