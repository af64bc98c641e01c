using Runhouse;

namespace RunhouseApp;

public static class Jobs
{
    [Remote]
    public static Task<string> DescribeAsync(string name, CancellationToken cancellationToken = default)
        => Task.FromResult($"Hello from {name}: process {Environment.ProcessId} with {Environment.ProcessorCount} cores.");
}
