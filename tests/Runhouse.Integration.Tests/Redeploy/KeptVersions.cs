namespace Runhouse.Integration;

/// <summary>A program whose named objects keep their state, in two versions: the second one's state has a member more. A copy of the second one does not take the first one's state.</summary>
public sealed class KeptVersions : BuiltProgram
{
    private const string Code = """
        using Runhouse;

        try
        {
            switch (args)
            {
                case ["create", var name, var text]:
                    await using (NotesRemote notes = await Notes.Remote.Named(name).CreateAsync(new Heading("notes")))
                        Console.WriteLine(await notes.AddAsync(text));
                    break;
                case ["add", var name, var text]:
                    await using (NotesRemote notes = await Notes.Remote.AttachAsync(name))
                        Console.WriteLine(await notes.AddAsync(text));
                    break;

                // Holds the object over what others do with it, with a call that is in flight meanwhile.
                case ["stay", var name, var started, var end]:
                    await using (NotesRemote streaming = await Notes.Remote.AttachAsync(name))
                    await using (NotesRemote notes = await Notes.Remote.AttachAsync(name))
                    {
                        Task<string> slow = notes.AddWhenAsync("slow", started, end);
                        Console.WriteLine(await slow);
                        string behind;
                        do
                            behind = await notes.AddAsync("behind");
                        while (!behind.Contains("(second", StringComparison.Ordinal));
                        Console.WriteLine(behind);
                        try
                        {
                            await streaming.AddAllAsync(Items());
                        }
                        catch (ObjectMovedException)
                        {
                            Console.WriteLine("moved, not run");
                        }

                        Console.WriteLine(await streaming.AddAllAsync(Items()));
                        List<string> lines = [];
                        await foreach (string line in notes.LinesAsync())
                            lines.Add(line);
                        Console.WriteLine(string.Join('|', lines));
                    }

                    break;
                case ["delete", var name]:
                    await using (NotesRemote notes = await Notes.Remote.AttachAsync(name))
                        await notes.DeleteAsync();
                    break;
            }
        }
        catch (RemoteException e)
        {
            Console.WriteLine($"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
        }

        static async IAsyncEnumerable<string> Items()
        {
            await Task.Yield();
            yield return "streamed";
        }

        public sealed record Heading(string Text);

        STATE

        [Remote]
        public sealed class Notes(Heading heading) : ISnapshot<NotesState>
        {
            private NotesState _state = new() { Lines = [] };

            public Task<string> AddAsync(string line)
            {
                _state.Lines.Add(line);
                return Task.FromResult($"{heading.Text}: {string.Join(' ', _state.Lines)} (VERSION)");
            }

            public async Task<string> AddWhenAsync(string line, string started, string end)
            {
                await File.WriteAllTextAsync(started, "");
                while (!File.Exists(end))
                    await Task.Delay(10);
                return await AddAsync(line);
            }

            public async Task<int> AddAllAsync(IAsyncEnumerable<string> lines)
            {
                int count = 0;
                await foreach (string line in lines)
                {
                    _state.Lines.Add(line);
                    count++;
                }

                return count;
            }

            public async IAsyncEnumerable<string> LinesAsync()
            {
                foreach (string line in _state.Lines)
                {
                    await Task.Yield();
                    yield return line;
                }
            }

            public ValueTask<NotesState> TakeSnapshotAsync(CancellationToken cancellationToken) => new(_state);

            public ValueTask RestoreAsync(NotesState state, CancellationToken cancellationToken)
            {
                if (File.ReadAllText("data/mode.txt") == "refuse")
                    throw new InvalidOperationException("these notes are not for this version");
                _state = state;
                return default;
            }
        }
        """;

    /// <summary>The output of the first version.</summary>
    public string First => Path.Combine(Folder, "first");

    /// <summary>The output of the second version.</summary>
    public string Second => OutputOf("Notes");

    /// <summary>The output of a version that takes no state.</summary>
    public string Refusing => Path.Combine(Folder, "refusing");

    public override async ValueTask InitializeAsync()
    {
        await WriteAsync("Notes/Notes.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <None Include="data/*" CopyToOutputDirectory="PreserveNewest" />
              </ItemGroup>
              {Import}
            </Project>
            """);
        await WriteAsync("Notes/data/mode.txt", "take");
        await WriteAsync("Notes/Notes.cs", Code.Replace("STATE", "public sealed class NotesState { public List<string> Lines { get; set; } = []; }").Replace("VERSION", "first"));
        await BuildAsync("--force", "Notes");
        Copy(Second, First);
        await WriteAsync("Notes/Notes.cs", Code
            .Replace("STATE", "public sealed class NotesState { public List<string> Lines { get; set; } = []; public string Color { get; set; } = \"uncolored\"; }")
            .Replace("VERSION", "second, {_state.Color}"));
        await BuildAsync("--no-restore", "Notes");
        Copy(Second, Refusing);
        await File.WriteAllTextAsync(Path.Combine(Refusing, "data", "mode.txt"), "refuse");
    }
}
