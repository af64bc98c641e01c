using System.Runtime.InteropServices;

namespace Runhouse.Packages;

/// <summary>Callers that are published in a form that no worker could load: the ordinary assemblies travel beside them.</summary>
public sealed class PublishTests(PackageFeed feed)
{
    private const string Code = """
        using Runhouse;
        using Work;

        Console.WriteLine(await Jobs.ProcessAsync() == Environment.ProcessId ? "here" : "in a worker");
        await using CounterRemote counter = await Counter.RemoteAsync(40);
        Console.WriteLine(await counter.AddAsync(new Step(2, "two")));
        Console.WriteLine(System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported);

        namespace Work
        {
            public static class Jobs
            {
                [Remote]
                public static Task<int> ProcessAsync() => Task.FromResult(Environment.ProcessId);
            }

            [Remote]
            public sealed class Counter(int start)
            {
                private int _value = start;

                public Task<string> AddAsync(Step step) => Task.FromResult($"{step.Name}: {_value += step.Number}");
            }

            public sealed record Step(int Number, string Name);
        }
        """;

    private static readonly string Rid = RuntimeInformation.RuntimeIdentifier;

    [Theory]
    [InlineData("<PublishSingleFile>true</PublishSingleFile><SelfContained>false</SelfContained>")]
    [InlineData("<PublishSingleFile>true</PublishSingleFile><SelfContained>true</SelfContained><PublishTrimmed>true</PublishTrimmed>")]
    public async Task A_program_in_a_single_file(string properties)
        => Assert.Equal(["in a worker", "two: 42", "True"], await PublishedAsync(properties));

    [Fact]
    public async Task A_native_program()
    {
        if (OperatingSystem.IsLinux() && !File.Exists("/usr/bin/clang"))
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, "clang is missing, which .ci/run installs.");
            Assert.Skip("Native AOT needs clang: apt-get install clang lld zlib1g-dev");
        }

        Assert.Equal(["in a worker", "two: 42", "False"], await PublishedAsync("<PublishAot>true</PublishAot>"));
    }

    private async Task<string[]> PublishedAsync(string properties)
    {
        Consumer consumer = feed.NewConsumer().WriteProject("App.csproj", "<OutputType>Exe</OutputType>" + properties).Write("Program.cs", Code);
        (await consumer.DotnetAsync("publish", "-r", Rid, "-o", "out", "-warnaserror")).BuildsWithoutWarning();

        // As it would be copied to another machine: neither the sources nor the packages are there.
        string moved = feed.NewConsumer().Folder;
        Directory.Move(Path.Combine(consumer.Folder, "out"), Path.Combine(moved, "app"));
        Directory.Delete(consumer.Folder, recursive: true);
        return (await Command.RunAsync(moved, new() { ["RUNHOUSE_HOME"] = feed.Home }, Path.Combine(moved, "app", OperatingSystem.IsWindows() ? "App.exe" : "App"))).Succeeds().Lines;
    }
}
