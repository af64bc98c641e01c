using System.Runtime.InteropServices;
using Runhouse.Runtime.Deployment;

namespace Runhouse.Packages;

/// <summary>
/// A caller whose hosts run another platform: what it deploys there has that platform's native files and none of this machine's, in whatever form
/// it is built, and without a package cache.
/// </summary>
public sealed class TargetPlatformTests(PackageFeed feed)
{
    private const string Program = """
        using System.Runtime.InteropServices;
        using Runhouse;

        Console.WriteLine(await Jobs.NumberAsync());

        public static class Jobs
        {
            [Remote]
            public static Task<int> NumberAsync() => Task.FromResult(OperatingSystem.IsLinux() ? 1 : Bare());

            [Remote]
            public static Task<int> BareAsync() => Task.FromResult(Bare());

            [DllImport("bare")]
            private static extern int Bare();
        }
        """;

    private static readonly string Rid = RuntimeInformation.RuntimeIdentifier;

    [Theory]
    [InlineData("build", "")]
    [InlineData("build", "<RuntimeIdentifier>{0}</RuntimeIdentifier>")]
    [InlineData("publish", "")]
    [InlineData("publish", "<RuntimeIdentifier>{0}</RuntimeIdentifier>")]
    [InlineData("publish", "<RuntimeIdentifier>{0}</RuntimeIdentifier><PublishSingleFile>true</PublishSingleFile><SelfContained>false</SelfContained>")]
    public async Task What_is_deployed_there_is_made_for_it(string command, string properties)
    {
        string folder = await MakeAsync(command, string.Format(System.Globalization.CultureInfo.InvariantCulture, properties, Rid));
        string application = Path.Combine(folder, "runhouse", "app");
        string deps = Path.Combine(Directory.Exists(application) ? application : folder, "App.deps.json");

        Assert.Equal(["flat linux-arm64", "split linux-arm64"], Natives(deps, "linux-arm64"));
        Assert.Equal(["flat win-x64", "split win-x64"], Natives(deps, "win-x64"));
        IEnumerable<string> files = ApplicationClosure.Read(deps, "win-x64", []).Files.Select(static file => file.Path);
        Assert.Superset(new HashSet<string> { "App.dll", "Library.dll", "Runhouse.Protocol.dll", "de/App.resources.dll" }, files.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_build_says_what_a_target_platform_lacks()
    {
        Consumer consumer = NewConsumer("");
        CommandResult built = (await consumer.DotnetAsync("build", "App")).Succeeds();
        string warning = Assert.Single(built.Lines.Where(static line => line.Contains("warning RH", StringComparison.Ordinal)).Distinct());
        Assert.Contains("Program.cs(12,60): warning RH0152: 'Jobs.Bare' needs the native library bare, which packages have for linux-x64 and not for linux-arm64", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_file_stays_that_of_the_project()
    {
        Consumer consumer = NewConsumer("<RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>");
        (await consumer.DotnetAsync("build", "App")).Succeeds();
        (await consumer.DotnetAsync("restore", "App", "--locked-mode")).Succeeds();
    }

    [Fact]
    public async Task A_package_folder_that_was_emptied_is_filled_again()
    {
        Consumer consumer = NewConsumer("");
        (await consumer.DotnetAsync("build", "App")).Succeeds();
        Directory.Delete(Path.Combine(feed.Cache, "runtime.linux-arm64.test.split"), recursive: true);
        (await consumer.DotnetAsync("build", "App")).Succeeds();
    }

    [Fact]
    public async Task A_worker_loads_what_was_selected_for_its_platform()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The library that stands in for a package's own is one of Unix.");
        NativePackages.AddTo(feed.Feed);
        Consumer consumer = feed.NewConsumer()
            .WriteProject("App.csproj", $"<OutputType>Exe</OutputType><RunhouseTargetRids>{Rid}</RunhouseTargetRids>", """<PackageReference Include="Test.Real" Version="1.0.0" />""")
            .Write("Program.cs", """
                using System.Runtime.InteropServices;
                using Runhouse;

                Console.WriteLine(await Jobs.ProcessAsync() is > 0 and var process && process != Environment.ProcessId ? "in a worker" : "here");

                public static class Jobs
                {
                    [Remote]
                    public static Task<int> ProcessAsync() => Task.FromResult(GetPid());

                    [DllImport("real", EntryPoint = "SystemNative_GetPid")]
                    private static extern int GetPid();
                }
                """);
        (await consumer.DotnetAsync("build", "-warnaserror")).BuildsWithoutWarning();
        Assert.Equal(["in a worker"], (await consumer.DotnetAsync("run", "--no-build")).Succeeds().Lines);
    }

    private Consumer NewConsumer(string properties)
    {
        NativePackages.AddTo(feed.Feed);
        return feed.NewConsumer()
            .Write("Library/Library.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework></PropertyGroup>
                  <ItemGroup>{NativePackages.References}</ItemGroup>
                </Project>
                """)
            .WriteProject(
                "App/App.csproj",
                "<OutputType>Exe</OutputType><RunhouseTargetRids>linux-arm64; win-x64</RunhouseTargetRids>" + properties,
                """<ProjectReference Include="../Library/Library.csproj" />""")
            .Write("App/Texts.de.resx", """<root><data name="Hello"><value>Hallo</value></data></root>""")
            .Write("App/Program.cs", Program);
    }

    private async Task<string> MakeAsync(string command, string properties)
    {
        Consumer consumer = NewConsumer(properties);
        (await consumer.DotnetAsync(command, "App", "-o", "out", "-nowarn:RH0152", "-warnaserror")).BuildsWithoutWarning();
        return Path.Combine(consumer.Folder, "out");
    }

    private static IEnumerable<string> Natives(string deps, string rid)
        => ApplicationClosure.Read(deps, rid, []).Files
            .Where(static file => file.Path.EndsWith(".so", StringComparison.Ordinal) || Path.GetFileName(file.Path) is "flat.dll" or "split.dll")
            .Select(static file => File.ReadAllText(file.Source))
            .Order(StringComparer.Ordinal);
}
