namespace Runhouse.Packages;

/// <summary>New projects that take the packages from a feed, each of a kind that users have.</summary>
public sealed class ConsumerTests(PackageFeed feed)
{
    private const string Jobs = """
        using System.Runtime.CompilerServices;
        using Runhouse;

        namespace Work;

        public static class Jobs
        {
            [Remote]
            public static Task<int> ProcessAsync() => Task.FromResult(Environment.ProcessId);
        }

        [Remote]
        public sealed class Counter(int start)
        {
            private int _value = start;

            public Task<int> AddAsync(int number) => Task.FromResult(_value += number);

            public async IAsyncEnumerable<Step> CountAsync(int to, [EnumeratorCancellation] CancellationToken cancellationToken = default)
            {
                for (int i = 0; i < to; i++)
                {
                    await Task.Yield();
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return new Step(i, $"step {i}");
                }
            }
        }

        public sealed record Step(int Number, string Name);
        """;

    private const string Program = """
        using Runhouse;
        using Work;

        Console.WriteLine(await Jobs.ProcessAsync() == Environment.ProcessId ? "here" : "in a worker");
        await using CounterRemote counter = await Counter.RemoteAsync(40);
        Console.WriteLine(await counter.AddAsync(2));
        await foreach (Step step in counter.CountAsync(2))
            Console.WriteLine(step.Name);

        // What its host keeps needs the library that the package brings along.
        RemoteCall<int> call = await Jobs.Remote.SpawnAsync(static jobs => jobs.ProcessAsync());
        Console.WriteLine(await call.ResultAsync() == Environment.ProcessId ? "here" : "kept");
        """;

    private static readonly string[] Expected = ["in a worker", "42", "step 0", "step 1", "kept"];

    [Fact]
    public async Task A_console_application()
    {
        Consumer consumer = feed.NewConsumer().WriteProject("App.csproj").Write("Jobs.cs", Jobs).Write("Program.cs", Program);
        (await consumer.DotnetAsync("build", "-warnaserror")).BuildsWithoutWarning();
        Assert.Equal(Expected, (await consumer.DotnetAsync("run", "--no-build")).Succeeds().Lines);
    }

    [Fact]
    public async Task An_application_whose_library_has_the_remote_code_and_the_package()
    {
        Consumer consumer = feed.NewConsumer()
            .WriteProject("Library/Library.csproj", properties: "").Write("Library/Jobs.cs", Jobs)
            .Write("App/App.csproj", """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                  </PropertyGroup>
                  <ItemGroup>
                    <ProjectReference Include="../Library/Library.csproj" />
                  </ItemGroup>
                </Project>
                """)
            .Write("App/Program.cs", Program);
        (await consumer.DotnetAsync("build", "App", "-warnaserror")).BuildsWithoutWarning();
        Assert.Equal(Expected, (await consumer.DotnetAsync("run", "--no-build", "--project", "App")).Succeeds().Lines);
    }

    [Fact]
    public async Task An_asp_net_application_with_injection()
    {
        Consumer consumer = feed.NewConsumer()
            .WriteProject("App.csproj", properties: "", sdk: "Microsoft.NET.Sdk.Web")
            .Write("Tally.cs", """
                using Runhouse;

                namespace Work;

                public interface ITally
                {
                    Task<int> CountAsync();
                }

                [Remote]
                public sealed class Tally : ITally
                {
                    private int _count;

                    public Task<int> CountAsync() => Task.FromResult(++_count);
                }
                """)
            .Write("Program.cs", """
                using Microsoft.AspNetCore.Hosting.Server;
                using Microsoft.AspNetCore.Hosting.Server.Features;
                using Runhouse;
                using Work;

                WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
                builder.Logging.ClearProviders();
                builder.WebHost.UseUrls("http://127.0.0.1:0");
                builder.Services.AddRunhouse().AddRemote<ITally, Tally>();
                await using WebApplication app = builder.Build();
                app.MapGet("/count", async (ITally tally) => $"count {await tally.CountAsync()}");
                await app.StartAsync();
                using var client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
                Console.WriteLine(await client.GetStringAsync("count"));
                Console.WriteLine(await client.GetStringAsync("count"));
                """);
        (await consumer.DotnetAsync("build", "-warnaserror")).BuildsWithoutWarning();
        Assert.Equal(["count 1", "count 2"], (await consumer.DotnetAsync("run", "--no-build")).Succeeds().Lines);
    }

    [Fact]
    public async Task A_test_project()
    {
        string xunit = System.Xml.Linq.XDocument.Load(Path.Combine(PackageFeed.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion").Single(static one => (string?)one.Attribute("Include") == "xunit.v3").Attribute("Version")!.Value;
        Consumer consumer = feed.NewConsumer()
            .WriteProject("Tests.csproj", items: $"""<PackageReference Include="xunit.v3" Version="{xunit}" />""")
            .Write("Jobs.cs", Jobs)
            .Write("CounterTests.cs", """
                using Work;
                using Xunit;

                public class CounterTests
                {
                    [Fact]
                    public async Task It_counts_in_a_worker()
                    {
                        Assert.NotEqual(Environment.ProcessId, await Jobs.ProcessAsync());
                        await using CounterRemote counter = await Counter.RemoteAsync(1, TestContext.Current.CancellationToken);
                        Assert.Equal(3, await counter.AddAsync(2, TestContext.Current.CancellationToken));
                    }
                }
                """);
        (await consumer.DotnetAsync("build", "-warnaserror")).BuildsWithoutWarning();
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", (await consumer.DotnetAsync("run", "--no-build")).Succeeds().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runhouse-app")]
    [InlineData("runhouse-lib")]
    public async Task A_project_made_from_a_template(string template)
    {
        Consumer consumer = feed.NewConsumer();
        string[] hive = ["--debug:custom-hive", Path.Combine(consumer.Folder, "hive")];
        (await consumer.DotnetAsync(["new", "install", Path.Combine(feed.Feed, $"Runhouse.Templates.{feed.Version}.nupkg"), .. hive])).Succeeds();
        (await consumer.DotnetAsync(["new", template, "-n", "My.Work", "-o", "work", .. hive])).Succeeds();
        (await consumer.DotnetAsync("build", "work", "-warnaserror")).BuildsWithoutWarning();
        if (template == "runhouse-app")
            Assert.Contains("The worker counted to 3.", (await consumer.DotnetAsync("run", "--no-build", "--project", "work")).Succeeds().Lines);
    }

    [Fact]
    public async Task A_program_in_one_file()
    {
        Consumer consumer = feed.NewConsumer().Write("app.cs", $"""
            #:package Runhouse.Runtime@{feed.Version}
            {Program}
            {Jobs.Replace("namespace Work;", "namespace Work {", StringComparison.Ordinal).Replace("using Runhouse;", "", StringComparison.Ordinal).Replace("using System.Runtime.CompilerServices;", "", StringComparison.Ordinal)
                .Replace("[Remote]", "[Runhouse.Remote]", StringComparison.Ordinal).Replace("[EnumeratorCancellation]", "[System.Runtime.CompilerServices.EnumeratorCancellation]", StringComparison.Ordinal)}
            {"}"}
            """);
        Assert.Equal(Expected, (await consumer.DotnetAsync("run", "app.cs")).Succeeds().Lines);
    }
}
