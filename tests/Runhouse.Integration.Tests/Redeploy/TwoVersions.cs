#if INTERCEPTED
using System.Diagnostics;

namespace Runhouse.Integration;

/// <summary>A program with a project of helpers, built in two versions: in the second one a helper has another body, and a file of content is gone.</summary>
public sealed class TwoVersions : IAsyncLifetime
{
    private const string Targets = "src/Runhouse.Generators/buildTransitive/InRepository.targets";
    private readonly string _folder = Directory.CreateTempSubdirectory("rhi-versions-").FullName;

    /// <summary>The output of the first version.</summary>
    public string First => Path.Combine(_folder, "first");

    /// <summary>The output of the second version.</summary>
    public string Second => Path.Combine(_folder, "App", "bin", Configuration, "net10.0");

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;

    public async ValueTask InitializeAsync()
    {
        await WriteAsync("Lib/Lib.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
            </Project>
            """);
        await WriteAsync("Lib/Helper.cs", "namespace Lib { public static class Helper { public static string Version() => \"first\"; } }\n");
        await WriteAsync("App/App.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <AssemblyName>TwoVersions</AssemblyName>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../Lib/Lib.csproj" />
                <None Include="data/*" CopyToOutputDirectory="PreserveNewest" />
              </ItemGroup>
              <Import Project="{FindRepositoryFile(Targets)}" />
            </Project>
            """);
        await WriteAsync("App/data/kept.txt", "kept");
        await WriteAsync("App/data/gone.txt", "gone");
        await WriteAsync("App/App.cs", """
            Console.WriteLine(await Work.DescribeAsync());

            public static class Work
            {
                [Runhouse.Remote]
                public static Task<string> DescribeAsync() => Task.FromResult($"{Lib.Helper.Version()} {string.Join(' ', Directory.GetFiles("data").Select(Path.GetFileName).Order())}");

                [Runhouse.Remote]
                public static async Task<string> WaitAsync(string started, string end)
                {
                    await File.WriteAllTextAsync(started, "");
                    while (!File.Exists(end))
                        await Task.Delay(10);
                    return Lib.Helper.Version();
                }
            }
            """);
        await BuildAsync("--force");
        Copy(Second, First);
        await WriteAsync("Lib/Helper.cs", "namespace Lib { public static class Helper { public static string Version() => \"second\"; } }\n");
        File.Delete(Path.Combine(_folder, "App/data/gone.txt"));
        File.Delete(Path.Combine(Second, "data/gone.txt"));
        await BuildAsync("--no-restore");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    /// <summary>The second version with an assembly in it that cannot be loaded.</summary>
    public async Task<string> BreakAsync()
    {
        string broken = Path.Combine(_folder, "broken");
        Copy(Second, broken);
        await File.WriteAllTextAsync(Path.Combine(broken, "TwoVersions.dll"), "no assembly");
        return broken;
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static string FindRepositoryFile(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, path);
    }

    private async Task WriteAsync(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text);
    }

    // What the program refers to beside its helpers has been built: these tests refer to the same.
    private async Task BuildAsync(string option)
    {
        foreach (string project in (string[])["Lib", "App"])
        {
            var start = new ProcessStartInfo("dotnet", ["build", Path.Combine(_folder, project), option, "-p:BuildProjectReferences=false", "-p:Configuration=" + Configuration]) { RedirectStandardOutput = true };
            using Process build = Process.Start(start)!;
            string output = await build.StandardOutput.ReadToEndAsync();
            await build.WaitForExitAsync();
            Assert.True(build.ExitCode == 0, output);
        }
    }
}
#endif
