using System.Net;
using System.Net.Http.Json;
using System.Text;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Images;

public sealed class ImageTests : IAsyncLifetime
{
    private TestHost _host = null!;

    private string Folder => Path.Combine(Path.GetTempPath(), Path.GetFileName(_host.Home) + "-files");

    private string Journal => Path.Combine(Folder, "journal");

    public async ValueTask InitializeAsync()
    {
        _host = await TestHost.StartAsync();
        Directory.CreateDirectory(Folder);
    }

    public async ValueTask DisposeAsync()
    {
        string folder = Folder;
        await _host.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Steps_run_in_order_and_their_output_comes_between_what_is_said_of_them()
    {
        using FrameAnswer answer = await ApplyAsync(Note("one"), new RunStep("echo shown; echo wrong >&2"), Note("two"));
        Assert.Equal("one two", await JournalAsync());
        Assert.Equal(("shown\n", "wrong\n"), (answer.Output.ToString(), answer.Error.ToString()));
        Assert.Equal([1, 2, 3], answer.Progress.OfType<ImageStepBegins>().Select(static step => step.Number));
        Assert.Equal(3, Assert.IsType<ImageApplied>(answer.Progress[^1]).Executed);
    }

    [Fact]
    public async Task What_was_done_is_not_done_again_up_to_the_first_change()
    {
        (await ApplyAsync(Note("a"), Note("b"), Note("c"))).Dispose();
        using (FrameAnswer again = await ApplyAsync(Note("a"), Note("b"), Note("c")))
            Assert.Equal([1, 2, 3], again.Progress.OfType<ImageStepSkipped>().Select(static step => step.Number));
        Assert.Equal("a b c", await JournalAsync());

        (await ApplyAsync(Note("a"), Note("x"), Note("c"))).Dispose();
        Assert.Equal("a b c x c", await JournalAsync());

        // Back again: the machine is not what it was.
        (await ApplyAsync(Note("a"), Note("b"), Note("c"))).Dispose();
        Assert.Equal("a b c x c b c", await JournalAsync());
    }

    [Fact]
    public async Task A_variable_before_a_step_is_part_of_it_and_one_behind_it_is_not()
    {
        RunStep step = new($"echo $V >> {Journal}");
        (await ApplyAsync(Variable("V", "1"), step)).Dispose();
        (await ApplyAsync(Variable("V", "2"), step)).Dispose();
        (await ApplyAsync(Variable("V", "2"), step, Variable("W", "3"))).Dispose();
        Assert.Equal("1 2", await JournalAsync());
    }

    [Fact]
    public async Task Another_life_of_the_host_remembers_and_another_name_has_steps_of_its_own()
    {
        (await ApplyAsync(Note("a"))).Dispose();
        await _host.Host.DisposeAsync();
        _host = await TestHost.StartAsync(_host.Settings);
        (await ApplyAsync(Note("a"))).Dispose();
        Assert.Equal("a", await JournalAsync());

        using FrameAnswer other = await PostAsync(new ImageManifest { Name = "other", Steps = [Note("a")] });
        Assert.Equal("a a", await JournalAsync());
    }

    [Fact]
    public async Task A_failing_step_fails_the_whole_with_its_output_and_is_tried_again()
    {
        RunStep failing = new($"echo doing; echo no luck >&2; [ -f {Folder}/ready ] || exit 4");
        using FrameAnswer answer = await ApplyAsync(Note("a"), failing, Note("b"));
        ImageStepFailed failed = Assert.IsType<ImageStepFailed>(answer.Progress[^1]);
        Assert.Equal((2, 4), (failed.Number, failed.ExitCode));
        Assert.Equal(["doing", "no luck"], failed.Output.Order());
        Assert.Equal("a", await JournalAsync());

        await File.WriteAllTextAsync(Path.Combine(Folder, "ready"), "");
        (await ApplyAsync(Note("a"), failing, Note("b"))).Dispose();
        Assert.Equal("a b", await JournalAsync());
    }

    [Fact]
    public async Task A_caller_that_goes_ends_the_step_and_it_is_not_taken_for_done()
    {
        // It looks before it says anything: the file comes then, perhaps before the step is ended.
        RunStep step = new($"ready=$(ls {Folder}/ready 2>/dev/null); echo begun >> {Journal}; echo waiting; [ -n \"$ready\" ] || sleep 1000");
        FrameAnswer answer = await BeginAsync(new ImageManifest { Name = "test", Steps = [step] });
        await answer.UntilAsync(() => answer.Output.Length > 0);
        answer.Dispose();
        await File.WriteAllTextAsync(Path.Combine(Folder, "ready"), "");
        (await ApplyAsync(step)).Dispose();
        Assert.Equal("begun begun", await JournalAsync());
    }

    [Fact]
    public async Task One_image_is_applied_at_a_time()
    {
        string gate = Path.Combine(Folder, "gate");
        using FrameAnswer first = await BeginAsync(new ImageManifest { Name = "one", Steps = [new RunStep($"mkfifo {gate}; echo in; read line < {gate}; echo one >> {Journal}")] });
        await first.UntilAsync(() => first.Output.Length > 0);
        using FrameAnswer second = await BeginAsync(new ImageManifest { Name = "two", Steps = [Note("two")] });
        await second.UntilAsync(() => second.Progress.OfType<ImageWaits>().Any());
        await File.WriteAllTextAsync(gate, "go\n");
        await first.ToEndAsync();
        await second.ToEndAsync();
        Assert.Equal("one two", await JournalAsync());
    }

    [Fact]
    public async Task Files_are_asked_for_and_copied()
    {
        byte[] content = Encoding.UTF8.GetBytes("#!/bin/sh\necho copied");
        string hash = TestDeployment.HashOf(content);
        CopyStep copy = new(Folder + "/deep", [new DeployedFile("bin/tool", hash, content.Length) { IsExecutable = true }]);
        using (FrameAnswer answer = await ApplyAsync(copy, new RunStep($"{Folder}/deep/bin/tool")))
            Assert.Equal([hash], Assert.IsType<ImageMissing>(Assert.Single(answer.Progress)).Hashes);
        (await _host.PutAsync(content)).EnsureSuccessStatusCode();
        using (FrameAnswer answer = await ApplyAsync(copy, new RunStep($"{Folder}/deep/bin/tool")))
            Assert.Equal("copied\n", answer.Output.ToString());
    }

    [Fact]
    public async Task Values_refer_to_those_before_them_and_arguments_stay_with_the_steps()
    {
        using FrameAnswer answer = await ApplyAsync(
            new VariablesStep([new ImageVariable("VERSION", "9")]) { ForStepsOnly = true },
            new VariablesStep([new ImageVariable("PATH", $"{Folder}:${{PATH}}"), new ImageVariable("LABEL", "v${VERSION}")]),
            new FolderStep(Folder + "/work"),
            new RunStep("echo \"$VERSION $LABEL $PWD ${PATH%%:*}\""));
        Assert.Equal($"9 v9 {Folder}/work {Folder}\n", answer.Output.ToString());

        // What a worker of it is told.
        string environment = Assert.IsType<ImageApplied>(answer.Progress[^1]).Environment!;
        LoadDeployment load = await LoadedAsync(environment);
        Assert.Equal("v9", load.Environment["LABEL"]);
        Assert.False(load.Environment.ContainsKey("VERSION"));
    }

    [Fact]
    public async Task Packages_that_are_there_are_not_installed_and_the_others_are()
    {
        string bin = Path.Combine(Folder, "bin");
        Directory.CreateDirectory(bin);
        await ScriptAsync(Path.Combine(bin, "apt-get"), $"echo \"$@\" >> {Folder}/calls");
        await ScriptAsync(Path.Combine(bin, "dpkg-query"), "for last; do :; done; [ \"$last\" = present ] && printf 'installed 1.0'");
        VariablesStep path = new([new ImageVariable("PATH", bin + ":${PATH}")]);

        using (FrameAnswer answer = await ApplyAsync(path, new AptStep(["present", "present=1.0"])))
            Assert.Equal("All of them are installed.\n", answer.Output.ToString());
        (await ApplyAsync(path, new AptStep(["present", "absent", "present=2.0"]))).Dispose();
        string[] calls = await File.ReadAllLinesAsync(Path.Combine(Folder, "calls"));
        Assert.EndsWith(" update", calls[0], StringComparison.Ordinal);
        Assert.EndsWith(" install -y --no-install-recommends absent present=2.0", calls[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_system_has_is_recognized()
    {
        if (!File.Exists("/usr/bin/dpkg-query"))
            Assert.Skip("This system has no Debian packages.");
        using FrameAnswer answer = await ApplyAsync(new AptStep(["dpkg"]));
        Assert.Equal("All of them are installed.\n", answer.Output.ToString());
    }

    [Fact]
    public async Task A_tool_is_installed_for_the_user_and_is_on_the_path()
    {
        string bin = Path.Combine(Folder, "bin");
        Directory.CreateDirectory(bin);
        await ScriptAsync(Path.Combine(bin, "dotnet"), $"echo \"$@\" >> {Folder}/calls");
        using FrameAnswer answer = await ApplyAsync(
            new VariablesStep([new ImageVariable("PATH", bin + ":${PATH}")]), new ToolStep("dotnet-trace", "9.0.1"), new ToolStep("dotnet-ef", null), new RunStep("echo ${PATH%%:*}"));
        Assert.Equal(
            ["tool update --global dotnet-trace --version 9.0.1 --allow-downgrade", "tool update --global dotnet-ef"], await File.ReadAllLinesAsync(Path.Combine(Folder, "calls")));
        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet", "tools") + "\n", answer.Output.ToString());
    }

    [Fact]
    public async Task Settings_beside_credentials_are_shown()
    {
        SecretStep secret = new("aws", new Dictionary<string, string> { ["KEY"] = "secret-key", ["REGION"] = "eu-central-1" }, []) { Settings = ["REGION"] };
        using FrameAnswer answer = await ApplyAsync(secret, new RunStep("echo $KEY in $REGION"));
        Assert.Equal("*** in eu-central-1\n", answer.Output.ToString());
    }

    [Fact]
    public async Task Without_root_a_package_step_says_what_to_do()
    {
        string bin = Path.Combine(Folder, "bin");
        Directory.CreateDirectory(bin);
        await ScriptAsync(Path.Combine(bin, "id"), "[ \"$1\" = -u ] && echo 1000 || echo ada");
        await ScriptAsync(Path.Combine(bin, "sudo"), "exit 1");
        await ScriptAsync(Path.Combine(bin, "dpkg-query"), "exit 1");
        using FrameAnswer answer = await ApplyAsync(new VariablesStep([new ImageVariable("PATH", bin + ":${PATH}")]), new AptStep(["git"]));
        ImageStepFailed failed = Assert.IsType<ImageStepFailed>(answer.Progress[^1]);
        Assert.Contains("sudo apt-get install git", Assert.Single(failed.Output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind":"apt","packages":["git; rm -rf /"]}""", "Step 1")]
    [InlineData("""{"kind":"apt","packages":["-o"]}""", "Step 1")]
    [InlineData("""{"kind":"copy","target":"../up","files":[]}""", "..")]
    [InlineData("""{"kind":"copy","target":"x","files":[{"path":"../y","hash":"","size":0}]}""", "..")]
    [InlineData("""{"kind":"copy","target":"~root/x","files":[]}""", "~root/x")]
    [InlineData("""{"kind":"folder","path":"a/../../b"}""", "..")]
    [InlineData("""{"kind":"variables","variables":[{"name":"A B","value":""}]}""", "A B")]
    [InlineData("""{"kind":"secret","name":"s","variables":{},"files":[{"target":"../x","content":""}]}""", "..")]
    [InlineData("""{"kind":"tool","package":"--global"}""", "Step 1")]
    [InlineData("""null""", "missing")]
    public async Task An_image_that_would_go_astray_is_refused_before_it_begins(string step, string message)
    {
        HostError error = await TestHost.RefusalAsync(
            await _host.Client.PostAsync("/v1/images", new StringContent($$"""{"name":"test","steps":[{{step}}]}""", null, "application/json")),
            HttpStatusCode.UnprocessableEntity);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_folder_of_the_host_is_no_target()
    {
        using FrameAnswer answer = await ApplyAsync(new SecretStep("s", new Dictionary<string, string>(), [new SecretContent(_host.Home + "/host.json", [1])]));
        Assert.Contains("host itself", Assert.IsType<ImageStepFailed>(answer.Progress[^1]).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environments_of_two_images_have_workers_of_their_own_and_a_changed_one_another()
    {
        const string Script = """printf '%s' "$load" > "$directory/load-$$"; say '{"kind":"serving"}'""";
        TestDeployment deployment = await _host.DeployAsync(Script);
        string one = await EnvironmentAsync("one", "1");
        string two = await EnvironmentAsync("two", "2");
        ConnectReply ofOne = await ConnectAsync(deployment, one);
        ConnectReply ofTwo = await ConnectAsync(deployment, two);
        Assert.Equal(3, new HashSet<string> { ofOne.WorkerId, ofTwo.WorkerId, (await _host.ConnectAsync(deployment)).WorkerId }.Count);
        Assert.Equal(ofOne.WorkerId, (await ConnectAsync(deployment, await EnvironmentAsync("one", "1"))).WorkerId);

        string changed = await EnvironmentAsync("one", "3");
        Assert.NotEqual(ofOne.WorkerId, (await ConnectAsync(deployment, changed)).WorkerId);

        // A caller of the former image keeps the worker that it has.
        Assert.Equal(ofOne.WorkerId, (await ConnectAsync(deployment, one)).WorkerId);
    }

    [Fact]
    public async Task An_environment_that_is_gone_is_said_to_be()
    {
        TestDeployment deployment = await _host.DeployAsync("""say '{"kind":"serving"}'""");
        string former = await EnvironmentAsync("one", "1");
        await EnvironmentAsync("one", "2");
        HostError error = await TestHost.RefusalAsync(
            await _host.TryConnectAsync(deployment, new WorkerRequest { Environment = former }), HttpStatusCode.NotFound);
        Assert.Equal(HostErrorCode.NoEnvironment, error.Code);
    }

    [Fact]
    public async Task Variables_that_are_read_at_a_start_get_a_worker_that_starts_with_them()
    {
        TestDeployment deployment = await _host.DeployAsync("""printf '%s' "$LD_TEST $PLAIN" > "$directory/seen"; say '{"kind":"serving"}'""");
        string standby = Assert.Single((await _host.StatusAsync()).Workers).Id;
        using FrameAnswer answer = await ApplyAsync(Variable("LD_TEST", "yes"), Variable("PLAIN", "too"));
        ConnectReply worker = await ConnectAsync(deployment, Assert.IsType<ImageApplied>(answer.Progress[^1]).Environment!);
        Assert.NotEqual(standby, worker.WorkerId);
        Assert.Equal("yes too", await File.ReadAllTextAsync(Path.Combine(_host.Home, "deployments", deployment.Id, "seen")));
    }

    [Fact]
    public async Task A_command_runs_in_the_environment_of_an_image()
    {
        string environment = await EnvironmentAsync("one", "value-1");
        using FrameAnswer answer = await FrameAnswer.BeginAsync(
            _host.Client, "/v1/commands", JsonContent.Create(new RunCommand("echo $V") { ImageEnvironment = environment }, ControlJson.Default.RunCommand));
        Assert.Equal("value-1\n", (await answer.ToEndAsync()).Output.ToString());
    }

    [Fact]
    public async Task A_step_whose_folder_an_earlier_step_removed_fails_by_name()
    {
        string work = Path.Combine(Folder, "work");
        using FrameAnswer answer = await ApplyAsync(new FolderStep(work), new RunStep($"rmdir {work}"), Note("never"));
        ImageStepFailed failed = Assert.IsType<ImageStepFailed>(answer.Progress[^1]);
        Assert.Equal(3, failed.Number);
        Assert.Contains($"{work} does not exist", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_whose_end_cannot_be_noted_fails_and_says_where()
    {
        // A file in place of the folder is as good as a full disk: nothing can be written there, by root either.
        string images = Path.Combine(_host.Home, "images");
        using FrameAnswer answer = await ApplyAsync(new RunStep($"rm -rf {images}; touch {images}"));
        ImageStepFailed failed = Assert.IsType<ImageStepFailed>(answer.Progress[^1]);
        Assert.Contains(images, failed.Reason, StringComparison.Ordinal);
    }

    private RunStep Note(string word) => new($"echo {word} >> {Journal}");

    private static VariablesStep Variable(string name, string value) => new([new ImageVariable(name, value)]);

    private static async Task ScriptAsync(string path, string text)
    {
        await File.WriteAllTextAsync(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<string> JournalAsync() => string.Join(' ', await File.ReadAllLinesAsync(Journal));

    private Task<FrameAnswer> ApplyAsync(params ImageStep[] steps) => PostAsync(new ImageManifest { Name = "test", Steps = steps });

    private async Task<FrameAnswer> PostAsync(ImageManifest image) => await (await BeginAsync(image)).ToEndAsync();

    private Task<FrameAnswer> BeginAsync(ImageManifest image) =>
        FrameAnswer.BeginAsync(_host.Client, "/v1/images", JsonContent.Create(image, ControlJson.Default.ImageManifest));

    private async Task<string> EnvironmentAsync(string name, string value)
    {
        using FrameAnswer answer = await PostAsync(new ImageManifest { Name = name, Steps = [Variable("V", value)] });
        return Assert.IsType<ImageApplied>(answer.Progress[^1]).Environment!;
    }

    private async Task<ConnectReply> ConnectAsync(TestDeployment deployment, string environment)
    {
        HttpResponseMessage reply = await _host.TryConnectAsync(deployment, new WorkerRequest { Environment = environment });
        reply.EnsureSuccessStatusCode();
        return (await reply.Content.ReadFromJsonAsync(ControlJson.Default.ConnectReply))!;
    }

    private async Task<LoadDeployment> LoadedAsync(string environment)
    {
        TestDeployment deployment = await _host.DeployAsync("""printf '%s' "$load" > "$directory/seen"; say '{"kind":"serving"}'""");
        await ConnectAsync(deployment, environment);
        return (LoadDeployment)System.Text.Json.JsonSerializer.Deserialize(
            await File.ReadAllTextAsync(Path.Combine(_host.Home, "deployments", deployment.Id, "seen")), ControlJson.Default.HostToWorkerMessage)!;
    }
}
