namespace Runhouse.Packages;

/// <summary>A user's folder.</summary>
public sealed class Consumer
{
    private readonly PackageFeed _feed;

    internal Consumer(string folder, PackageFeed feed) => (Folder, _feed) = (folder, feed);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The environment of its commands.</summary>
    public Dictionary<string, string> Environment => new() { ["NUGET_PACKAGES"] = _feed.Cache, ["RUNHOUSE_HOME"] = _feed.Home };

    /// <summary>Writes a file.</summary>
    public Consumer Write(string path, string text)
    {
        string full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return this;
    }

    /// <summary>Writes a project that refers to the package.</summary>
    public Consumer WriteProject(string path, string properties = "<OutputType>Exe</OutputType>", string items = "", string sdk = "Microsoft.NET.Sdk") => Write(path, $"""
        <Project Sdk="{sdk}">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Runhouse.Runtime" Version="{_feed.Version}" />
            {items}
          </ItemGroup>
        </Project>
        """);

    /// <summary>Runs <c>dotnet</c>.</summary>
    internal Task<CommandResult> DotnetAsync(params string[] arguments) => Command.RunAsync(Folder, Environment, "dotnet", arguments);

    /// <summary>Runs a program of the folder.</summary>
    internal Task<CommandResult> RunAsync(string program, params string[] arguments) => Command.RunAsync(Folder, Environment, Path.Combine(Folder, program), arguments);
}
