namespace Runhouse.Integration;

/// <summary>A program with a project of helpers, built in two versions: in the second one a helper has another body, and a file of content is gone.</summary>
public sealed class TwoVersions : BuiltProgram
{
    /// <summary>The output of the first version.</summary>
    public string First => Path.Combine(Folder, "first");

    /// <summary>The output of the second version.</summary>
    public string Second => OutputOf("App");

    public override async ValueTask InitializeAsync()
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
              {Import}
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
        await BuildAsync("--force", "Lib", "App");
        Copy(Second, First);
        await WriteAsync("Lib/Helper.cs", "namespace Lib { public static class Helper { public static string Version() => \"second\"; } }\n");
        File.Delete(Path.Combine(Folder, "App/data/gone.txt"));
        File.Delete(Path.Combine(Second, "data/gone.txt"));
        await BuildAsync("--no-restore", "Lib", "App");
    }

    /// <summary>The second version with an assembly in it that cannot be loaded.</summary>
    public async Task<string> BreakAsync()
    {
        string broken = Path.Combine(Folder, "broken");
        Copy(Second, broken);
        await File.WriteAllTextAsync(Path.Combine(broken, "TwoVersions.dll"), "no assembly");
        return broken;
    }
}
