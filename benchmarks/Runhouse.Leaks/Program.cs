using System.Globalization;
using CsCheck;
using Runhouse.Benchmarks;
using Runhouse.Providers.Ec2;
using Runhouse.Providers.Leases;

// What is left of leased machines when the processes that lease, stop and give them back are killed at random requests: the runs of the tests, and many of them.
int runs = 500;
string? json = null;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--runs" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out runs) && runs > 0:
        case "--json" when i + 1 < args.Length && (json = args[i + 1]) is not null:
            i++;
            break;
        default:
            Console.Error.WriteLine("usage: Runhouse.Leaks [--runs N] [--json FILE]");
            return 2;
    }
}

// Where AWS' SDK looks first.
Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", FakeEc2.AccessKey);
Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret of the runs");
Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", null);
Environment.SetEnvironmentVariable("AWS_PROFILE", null);
Environment.SetEnvironmentVariable("AWS_REGION", "us-east-1");
Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
Console.WriteLine($"{Environment.ProcessorCount} cores, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");
string root = Directory.CreateTempSubdirectory("rh-leaks-").FullName;
var results = new List<LeakResult>();
try
{
    await LeakRun.Plans.SampleAsync(
        async plan =>
        {
            LeakResult result = await LeakRun.RunAsync(Path.Combine(root, results.Count.ToString(CultureInfo.InvariantCulture)), plan);
            results.Add(result);
            if (result.Wrong > 0)
                Console.Error.WriteLine($"{string.Join(", ", plan.Steps)} in {plan.Weather}: {result}");
        },
        iter: runs,
        threads: 1);
}
finally
{
    Directory.Delete(root, recursive: true);
}

Row[] rows =
[
    Figure("runs", results.Count),
    Figure("commands", results.Sum(static one => one.Commands)),
    Figure("of them killed at a request", results.Sum(static one => one.Killed)),
    Figure("runs that left something half done", results.Count(static one => one.IsLeft)),
    Figure("machines made", results.Sum(static one => one.Machines)),
    Figure("machines left running behind gc", results.Sum(static one => one.LeftRunning.Count)),
    Figure("machines left stopped behind gc", results.Sum(static one => one.LeftStopped.Count)),
    Figure("machines or clusters ended in use", results.Sum(static one => one.EndedInUse.Count)),
    Figure("leases left undecided", results.Sum(static one => one.Undecided.Count)),
];
Report.Print(rows);
if (json is not null)
    Report.Write(json, rows);
return results.Sum(static one => one.Wrong) > 0 ? 1 : 0;

static Row Figure(string metric, int value) => Row.Of("leaks", "killed at random", "runhouse", metric, "", [value]);
