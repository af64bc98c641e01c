using System.Security.Cryptography;
using System.Text;
using Runhouse.Runtime.Clusters;

namespace Runhouse.Integration;

public sealed class ImageTests(LocalHost host) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rhi-image-").FullName;
    private readonly string _name = "image-" + RandomNumberGenerator.GetHexString(8);

    private string Journal => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Acceptance(32)]
    public async Task Steps_run_in_order_once_and_their_output_arrives()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "source", "deep"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "source", "deep", "file"), "content\n");
        Image image = Image.Base()
            .Env("WHO", "image")
            .Run($"echo \"$WHO one\" | tee -a {Journal}")
            .Copy(Path.Combine(_folder, "source"), _folder + "/target/")
            .Run($"cat {_folder}/target/deep/file >> {Journal}; echo failed-not >&2");

        var output = new ImageWorker.Lines();
        await ImageWorker.ApplyAsync(host, image, _name, output);
        Assert.Equal(["image one", "content"], await File.ReadAllLinesAsync(Journal));
        Assert.Contains("image one", output.All);
        Assert.Contains("failed-not", output.All);
        Assert.Equal(["Step 2/4", "Step 3/4", "Step 4/4"], output.All.Where(static line => line.StartsWith("Step ", StringComparison.Ordinal)).Select(static line => line.Split(':')[0]));

        var again = new ImageWorker.Lines();
        await ImageWorker.ApplyAsync(host, image, _name, again);
        Assert.Equal(2, (await File.ReadAllLinesAsync(Journal)).Length);
        Assert.All(again.All, static line => Assert.Contains(" is unchanged: ", line, StringComparison.Ordinal));

        // Other content: the copy and what is behind it, and not what is before it.
        await File.WriteAllTextAsync(Path.Combine(_folder, "source", "deep", "file"), "other\n");
        await ImageWorker.ApplyAsync(host, image, _name);
        Assert.Equal(["image one", "content", "other"], await File.ReadAllLinesAsync(Journal));
    }

    [Fact]
    [Acceptance(32)]
    public async Task A_failing_step_fails_the_whole_with_its_output()
    {
        Image image = Image.Base().Run($"echo one >> {Journal}").Run("echo compiling; echo 'no such header' >&2; exit 3").Run($"echo two >> {Journal}");
        var error = await Assert.ThrowsAsync<ImageStepException>(() => ImageWorker.ConnectAsync(host, image, _name));
        Assert.Equal((2, 3, "RUN echo compiling; echo 'no such header' >&2; exit 3"), (error.StepNumber, error.ExitCode, error.Step));
        Assert.Equal(["compiling", "no such header"], error.Output.Order());
        Assert.Contains("no such header", error.Message, StringComparison.Ordinal);
        Assert.Equal(["one"], await File.ReadAllLinesAsync(Journal));
    }

    [Fact]
    [Acceptance(32)]
    public async Task A_Dockerfile_prepares_the_host()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "hello.txt"), "hello from a file\n");
        await File.WriteAllTextAsync(Path.Combine(_folder, "Dockerfile"), $"""
            FROM debian:12
            ARG TARGET={_folder}/work
            ENV MESSAGE="set in a Dockerfile"
            WORKDIR $TARGET
            COPY hello.txt .
            RUN <<EOF
            cat hello.txt > {Journal}
            echo "$MESSAGE" >> {Journal}
            EOF
            """);
        await using ImageWorker worker = await ImageWorker.ConnectAsync(host, Image.FromDockerfile(Path.Combine(_folder, "Dockerfile")), _name);
        Assert.Equal(["hello from a file", "set in a Dockerfile"], await File.ReadAllLinesAsync(Journal));
        Assert.Equal("set in a Dockerfile|set in a Dockerfile|set in a Dockerfile", await worker.CallAsync("DescribeVariableAsync", "MESSAGE"));
        Assert.Equal("||", await worker.CallAsync("DescribeVariableAsync", "TARGET"));
    }

    [Fact]
    [Acceptance(31)]
    public async Task Variables_of_one_images_workers_are_not_seen_by_others()
    {
        await using ImageWorker one = await ImageWorker.ConnectAsync(host, Image.Base().Env("RH_OWN", "first"), _name);
        await using ImageWorker two = await ImageWorker.ConnectAsync(host, Image.Base().Env("RH_OTHER", "second"), _name + "-2");
        Assert.NotEqual(one.Id, two.Id);
        Assert.Equal("first|first|first", await one.CallAsync("DescribeVariableAsync", "RH_OWN"));
        Assert.Equal("||", await two.CallAsync("DescribeVariableAsync", "RH_OWN"));
        Assert.Equal("||", await one.CallAsync("DescribeVariableAsync", "RH_OTHER"));
        Assert.Equal("||", await Surroundings.Remote.DescribeVariableAsync("RH_OWN"));

        // A changed variable: another worker for the same build.
        await using ImageWorker changed = await ImageWorker.ConnectAsync(host, Image.Base().Env("RH_OWN", "changed"), _name);
        Assert.NotEqual(one.Id, changed.Id);
        Assert.Equal("changed|changed|changed", await changed.CallAsync("DescribeVariableAsync", "RH_OWN"));
    }

    [Fact]
    [Acceptance(33)]
    public async Task Variables_that_are_read_at_a_start_work_too()
    {
        await using ImageWorker worker = await ImageWorker.ConnectAsync(host, Image.Base().Env("DOTNET_RH_TEST", "at start").Env("RH_PLAIN", "as well"), _name);
        Assert.Equal("at start|at start|at start", await worker.CallAsync("DescribeVariableAsync", "DOTNET_RH_TEST"));
        Assert.Equal("as well|as well|as well", await worker.CallAsync("DescribeVariableAsync", "RH_PLAIN"));
    }

    [Fact]
    [Acceptance(33)]
    public async Task Secrets_reach_remote_code_and_nothing_else()
    {
        string value = "s3cret-" + RandomNumberGenerator.GetHexString(16);
        string content = "file-" + RandomNumberGenerator.GetHexString(24);
        string source = Path.Combine(_folder, "key");
        await File.WriteAllTextAsync(source, content + "\n");
        string target = Path.Combine(_folder, "delivered", "key");
        Image image = Image.Base()
            .Secret(Secret.FromValues("token", new Dictionary<string, string> { ["RH_TOKEN"] = value }))
            .Secret(Secret.FromFile("key", source, target))
            .Run($"echo \"step $RH_TOKEN\"; printf 'st'; printf 'ep %s' \"${{RH_TOKEN%????}}\"; printf '%s\\n' \"${{RH_TOKEN#\"${{RH_TOKEN%????}}\"}}\"; cat {target} >&2");

        await using ImageWorker worker = await ImageWorker.ConnectAsync(host, image, _name);
        Assert.Equal($"{value}|{value}|{value}", await worker.CallAsync("DescribeVariableAsync", "RH_TOKEN"));
        Assert.Equal($"{content}\n|{UnixFileMode.UserRead | UnixFileMode.UserWrite}", await worker.CallAsync("ReadFileAsync", target));
        await worker.CallAsync("WriteVariableAsync", "RH_TOKEN");

        Assert.Equal(2, worker.Output.All.Count(static line => line == "step ***"));
        Assert.Contains("console: ***", worker.Output.All);
        Assert.Contains("parts: ***", worker.Output.All);
        Assert.Contains("error: ***", worker.Output.All);
        string logs = Path.Combine(host.Home, "local", "logs", $"worker-{worker.Id}.log");
        await Eventually.IsTrueAsync(async () => File.Exists(logs) && (await ReadAsync(logs)).Contains("child: ***", StringComparison.Ordinal));
        string status = (await host.StatusAsync()).GetRawText();
        Assert.Contains("child: ***", status, StringComparison.Ordinal);
        foreach (string secret in (string[])[value, content])
        {
            Assert.DoesNotContain(worker.Output.All, line => line.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(secret, status, StringComparison.Ordinal);
            Assert.Empty(await FilesWithAsync(secret));
            Assert.Empty(await ProcessesWithAsync(secret));
        }
    }

    [Fact]
    [Acceptance(33)]
    public async Task A_failing_step_does_not_give_its_secrets_away()
    {
        string value = "s3cret-" + RandomNumberGenerator.GetHexString(16);
        Image image = Image.Base().Secret(Secret.FromValues("token", new Dictionary<string, string> { ["RH_TOKEN"] = value })).Run("echo \"login as $RH_TOKEN failed\" >&2; exit 1");
        var error = await Assert.ThrowsAsync<ImageStepException>(() => ImageWorker.ConnectAsync(host, image, _name));
        Assert.Equal(["login as *** failed"], error.Output);
        Assert.DoesNotContain(value, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(34)]
    public async Task A_secret_by_name_file_or_environment()
    {
        string name = "saved-" + RandomNumberGenerator.GetHexString(8);
        Environment.SetEnvironmentVariable("RH_FROM_ENVIRONMENT", "environment-value");
        string source = Path.Combine(_folder, "own");
        await File.WriteAllTextAsync(source, "file-value");
        Secret.FromValues(name, new Dictionary<string, string> { ["RH_SAVED"] = "first-value" }).Save();
        Assert.Equal("first-value", Secret.FromValues(name, new Dictionary<string, string> { ["RH_SAVED"] = "second-value" }).Save().Values["RH_SAVED"]);

        Image image = Image.Base().Secret(name).Secret(Secret.FromEnvironment("environment", "RH_FROM_ENVIRONMENT")).Secret(Secret.FromFile("file", source, _folder + "/put"));
        await using (ImageWorker worker = await ImageWorker.ConnectAsync(host, image, _name))
        {
            Assert.StartsWith("first-value|", await worker.CallAsync("DescribeVariableAsync", "RH_SAVED"), StringComparison.Ordinal);
            Assert.StartsWith("environment-value|", await worker.CallAsync("DescribeVariableAsync", "RH_FROM_ENVIRONMENT"), StringComparison.Ordinal);
            Assert.StartsWith("file-value|", await worker.CallAsync("ReadFileAsync", _folder + "/put"), StringComparison.Ordinal);
        }

        // Replaced when told so: what is delivered next has the new value, and its worker is another.
        Secret.FromValues(name, new Dictionary<string, string> { ["RH_SAVED"] = "third-value" }).Save(replace: true);
        await using (ImageWorker worker = await ImageWorker.ConnectAsync(host, Image.Base().Secret(name), _name))
            Assert.StartsWith("third-value|", await worker.CallAsync("DescribeVariableAsync", "RH_SAVED"), StringComparison.Ordinal);

        // The image has no file any more, so the host has none.
        Assert.False(File.Exists(_folder + "/put"));
        KeyNotFoundException unknown = await Assert.ThrowsAsync<KeyNotFoundException>(() => ImageWorker.ApplyAsync(host, Image.Base().Secret("nothing-of-that-name"), _name));
        Assert.Contains(name, unknown.Message, StringComparison.Ordinal);
        Secret.Delete(name);
    }

    [Fact]
    public async Task A_file_that_is_somebody_elses_is_neither_overwritten_nor_removed()
    {
        string source = Path.Combine(_folder, "key");
        string target = Path.Combine(_folder, "own");
        await File.WriteAllTextAsync(source, "secret content");
        await File.WriteAllTextAsync(target, "other content");
        Image image = Image.Base().Secret(Secret.FromFile("key", source, target));
        var error = await Assert.ThrowsAsync<ImageStepException>(() => ImageWorker.ApplyAsync(host, image, _name));
        Assert.Contains(target, error.Message, StringComparison.Ordinal);
        Assert.Equal("other content", await File.ReadAllTextAsync(target));

        await File.WriteAllTextAsync(target, "secret content");
        await ImageWorker.ApplyAsync(host, image, _name);
        await ImageWorker.ApplyAsync(host, Image.Base(), _name);
        Assert.True(File.Exists(target));
    }

    [Fact]
    public async Task A_command_of_the_caller_runs_on_the_host()
    {
        using HostClient client = await ImageWorker.HostAsync(host);
        string? environment = await ImageWorker.ApplyAsync(host, Image.Base().Env("RH_OF_IMAGE", "there"), _name);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var result = await HostCommands.RunAsync(
            client, new("echo \"$RH_OF_IMAGE $RH_GIVEN\"; echo wrong >&2; exit 5") { ImageEnvironment = environment, Variables = new Dictionary<string, string> { ["RH_GIVEN"] = "given" } }, output, error, TestContext.Current.CancellationToken);
        Assert.Equal((5, null), (result.ExitCode, result.Signal));
        Assert.Equal(("there given\n", "wrong\n"), (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray())));
        Assert.Equal(9, (await HostCommands.RunAsync(client, new("kill -9 $$"), null, null, TestContext.Current.CancellationToken)).Signal);
    }

    [Fact]
    public async Task A_command_that_is_cancelled_ends_on_the_host()
    {
        using HostClient client = await ImageWorker.HostAsync(host);
        using var stop = new CancellationTokenSource();
        var output = new FirstLine();
        Task running = HostCommands.RunAsync(client, new("echo $$; exec sleep 1000"), output, null, stop.Token);
        int id = int.Parse(await output.Line, System.Globalization.CultureInfo.InvariantCulture);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await LocalHost.EndOfAsync(id);
    }

    private static async Task<string> ReadAsync(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return await reader.ReadToEndAsync();
    }

    private async Task<string[]> FilesWithAsync(string text)
    {
        var found = new List<string>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(host.Home, "local"), "*", SearchOption.AllDirectories).Where(static file => Path.GetExtension(file) is not (".sock" or ".lock")))
        {
            if ((await ReadAsync(file)).Contains(text, StringComparison.Ordinal))
                found.Add(file);
        }

        return [.. found];
    }

    private static async Task<string[]> ProcessesWithAsync(string text)
    {
        var found = new List<string>();
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(static folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                if ((await File.ReadAllTextAsync(process + "/cmdline")).Contains(text, StringComparison.Ordinal))
                    found.Add(process);
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return [.. found];
    }

    private sealed class FirstLine : MemoryStream
    {
        private readonly TaskCompletionSource<string> _line = new();

        public Task<string> Line => _line.Task;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            string text = Encoding.UTF8.GetString(ToArray());
            if (text.Contains('\n', StringComparison.Ordinal))
                _line.TrySetResult(text.Split('\n')[0]);
        }
    }
}
