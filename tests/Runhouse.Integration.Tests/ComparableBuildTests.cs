using System.Diagnostics;
using System.Security.Cryptography;

namespace Runhouse.Integration;

public sealed class ComparableBuildTests
{
    [Fact]
    [Acceptance(25)]
    public async Task A_commit_that_changes_no_code_changes_nothing_that_ships()
    {
        string folder = Directory.CreateTempSubdirectory("rhi-build-").FullName;
        try
        {
            // A remote that Source Link knows: it would write the commit into the symbols, and so into the assembly.
            await RunAsync(folder, "git", "init", "-q");
            await RunAsync(folder, "git", "remote", "add", "origin", "https://github.com/example/app.git");
            await File.WriteAllTextAsync(Path.Combine(folder, "app.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                    <RunhouseIncludeHost>false</RunhouseIncludeHost>
                  </PropertyGroup>
                  <Import Project="{FindTargets()}" />
                </Project>
                """);
            await File.WriteAllTextAsync(Path.Combine(folder, "app.cs"), """
                Console.WriteLine(await Jobs.AddAsync(1, 2));
                public static class Jobs { [Runhouse.Remote] public static Task<int> AddAsync(int a, int b) => Task.FromResult(a + b); }
                """);
            await File.WriteAllTextAsync(Path.Combine(folder, ".gitignore"), "bin/\nobj/\n");

            string first = await CommitAndBuildAsync(folder);
            string second = await CommitAndBuildAsync(folder);
            Assert.Equal(first, second);
            await File.AppendAllTextAsync(Path.Combine(folder, "app.cs"), "public static class More { public static int Value => 42; }\n");
            Assert.NotEqual(first, await CommitAndBuildAsync(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> CommitAndBuildAsync(string folder)
    {
        await RunAsync(folder, "git", "add", "-A");
        await RunAsync(folder, "git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "--allow-empty", "-m", "a commit");
        if (Directory.Exists(Path.Combine(folder, "bin")))
        {
            Directory.Delete(Path.Combine(folder, "bin"), recursive: true);
            Directory.Delete(Path.Combine(folder, "obj"), recursive: true);
        }

        // What it refers to has been built: these tests refer to the same.
        await RunAsync(folder, "dotnet", "build", "-p:BuildProjectReferences=false", "-p:Configuration=" + Configuration);
        string output = Path.Combine(folder, "bin", Configuration, "net10.0");
        return Hash("app.dll") + Hash("app.pdb");

        string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, file))));
    }

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;

    private static string FindTargets()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, "src/Runhouse.Generators/buildTransitive/InRepository.targets");
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}\n{await errors}");
    }
}
