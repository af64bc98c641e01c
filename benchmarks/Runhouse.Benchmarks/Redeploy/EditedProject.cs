using System.Globalization;
using Runhouse.Ssh.Network;

namespace Runhouse.Benchmarks.Redeploy;

/// <summary>A generated project of 40 files in a folder of its own, of which a line is edited again and again.</summary>
internal sealed class EditedProject : IDisposable
{
    private const int Files = 40;

    private int _edit;

    private EditedProject(string folder) => Folder = folder;

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of its output.</summary>
    public string Output => Path.Combine(Folder, "bin", "Debug", "net10.0");

    /// <summary>The program.</summary>
    public string Program => Path.Combine(Output, "App.dll");

    /// <summary>What is edited.</summary>
    public string EditedFile => Path.Combine(Folder, "Model.cs");

    /// <summary>What the code answers now.</summary>
    public string Answer => string.Create(CultureInfo.InvariantCulture, $"edit {_edit}");

    /// <summary>Writes a project and builds it.</summary>
    /// <param name="packages">The packages that it refers to, which make its size.</param>
    public static async Task<EditedProject> CreateAsync(params (string Name, string Version)[] packages)
    {
        var project = new EditedProject(Directory.CreateTempSubdirectory("rhb-project-").FullName);
        await project.WriteAsync("App.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                {string.Concat(packages.Select(static one => $"<PackageReference Include=\"{one.Name}\" Version=\"{one.Version}\" />"))}
              </ItemGroup>
              <Import Project="{Path.Combine(Root(), "src/Runhouse.Generators/buildTransitive/InRepository.targets")}" />
            </Project>
            """);
        await project.WriteAsync("Program.cs", """
            if (args is ["create"])
            {
                await using ModelRemote model = await Model.Remote.Named("model", Runhouse.NameConflict.Replace).CreateAsync(7);
                Console.WriteLine(await model.AnswerAsync());
            }
            else if (args is ["call"])
            {
                Console.WriteLine(await Work.AnswerAsync());
            }
            else
            {
                Console.WriteLine(new Model(7).Answer());
            }
            """);
        await project.WriteModelAsync();
        for (int file = 3; file <= Files; file++)
        {
            await project.WriteAsync($"Part{file}.cs", $$"""
                namespace App.Parts;

                /// <summary>A part of an application of some size.</summary>
                public sealed class Part{{file}}(string name)
                {
                    private readonly Dictionary<string, List<double>> _values = new(StringComparer.Ordinal);

                    public string Name => name;

                    public void Add(string key, double value)
                    {
                        if (!_values.TryGetValue(key, out List<double>? list))
                            _values.Add(key, list = []);
                        list.Add(value * {{file}});
                    }

                    public IEnumerable<(string Key, double Mean)> Means() => _values.Where(static one => one.Value.Count > 0).Select(static one => (one.Key, one.Value.Average()));

                    public async Task<double> SumAsync(CancellationToken stop)
                    {
                        double sum = 0;
                        foreach ((string key, double mean) in Means().OrderBy(static one => one.Key))
                        {
                            await Task.Yield();
                            stop.ThrowIfCancellationRequested();
                            sum += mean * key.Length;
                        }

                        return sum;
                    }
                }
                """);
        }

        await project.BuildAsync("--force");
        return project;
    }

    /// <summary>Edits a line, which changes what the code answers.</summary>
    public Task EditAsync()
    {
        _edit++;
        return WriteModelAsync();
    }

    /// <summary>Builds it.</summary>
    /// <param name="option">What else the build is told.</param>
    public async Task BuildAsync(string option = "--no-restore")
        => await Tool.RunAsync("dotnet", ["build", Folder, "-nologo", "-verbosity:quiet", "-tl:off", "-p:BuildProjectReferences=false", option]);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>The repository's folder.</summary>
    public static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("Runhouse.sln is in none of the folders above the benchmarks.");
    }

    private Task WriteModelAsync() => WriteAsync("Model.cs", $$"""
        using Runhouse;

        [Remote]
        public sealed class Model(int state)
        {
            private int _state = state;

            public string Answer()
            {
                return $"{{Answer}} {_state}";
            }
        }

        public static class Work
        {
            [Remote]
            public static Task<string> AnswerAsync() => Task.FromResult(new Model(0).Answer());
        }
        """);

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(Folder, name), text);
}
