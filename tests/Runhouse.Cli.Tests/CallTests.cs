using System.Diagnostics;
using System.Text.Json;
using Runhouse.Cli.Tests.App;

namespace Runhouse.Cli.Tests;

/// <summary><c>runhouse call</c> and <c>runhouse deployments</c>, on a real host of this machine.</summary>
[Collection(CallsTests.AtOneHost)]
public sealed class CallTests
{
    private static readonly string Build = Path.Combine(AppContext.BaseDirectory, "Runhouse.Cli.Tests.dll");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_is_called_by_its_name_and_what_it_writes_goes_to_standard_error()
    {
        (int exitCode, string output, string error) = await CallAsync("Jobs.PreprocessAsync", "--arg", "dataset=s3://bucket/raw=1", "--json");
        Assert.Equal((ExitCodes.Success, "\"s3://bucket/raw=1 1 Thorough\"\n", "reads s3://bucket/raw=1\n"), (exitCode, output, error));
        (_, output, _) = await CallAsync("preprocess", "--arg", "mode=fast", "--arg", "Epochs=3", "--arg", "dataset=007");
        Assert.Equal("\"007 3 Fast\"\n", output);
    }

    [Fact]
    public async Task Records_are_json_and_lose_nothing()
    {
        const string Order = """{"name":"ünd","price":1234567890123456789.12345,"mode":"Fast","counts":{"a b":1},"at":"2030-01-02T03:04:05+01:00","weights":[1,2.5],"id":null}""";
        (int exitCode, string output, string error) = await CallAsync("Jobs.DoubleAsync", "--arg", $"order={Order}");
        Assert.True(exitCode == ExitCodes.Success, error);
        Assert.Equal(
            """
            {
              "At": "2030-01-02T03:04:05.0000000+01:00",
              "Counts": {
                "a b": 1
              },
              "Id": null,
              "Mode": "Fast",
              "Name": "ünd",
              "Price": 2469135780246913578.24690,
              "Weights": [
                1,
                2.5
              ]
            }

            """,
            output);
    }

    [Fact]
    public async Task What_can_be_null_or_has_a_value_of_its_own_may_be_left_out()
    {
        (_, string output, string error) = await CallAsync("Jobs.PackAsync", "--arg", """basket={"buyer":"a","lines":[]}""", "--json");
        Assert.Equal(("""{"Buyer":"a","Currency":"EUR","Lines":[],"Tags":["new"],"Voucher":null}""" + "\n", ""), (output, error));
    }

    [Fact]
    public async Task Arguments_come_from_a_file_and_the_command_line_goes_first()
    {
        string file = Path.Combine(HomeOfTests.Path, "arguments.json");
        await File.WriteAllTextAsync(file, """{"numbers":[1,2],"words":["x"],"reverse":true}""", Stop);
        (_, string output, _) = await CallAsync("Jobs.JoinAsync", "--args-json", file, "--arg", "words=a, b");
        Assert.Equal("\"b a1 2\"\n", output);
    }

    [Fact]
    public async Task What_is_no_json_is_told_with_its_place_and_what_people_write_is_taken()
    {
        string file = Path.Combine(HomeOfTests.Path, "written.json");
        await File.WriteAllTextAsync(file, "{\n  \"numbers\": [1, 2,],\n  \"words\": [\"x\"], // as people write it\n}", Stop);
        (_, string output, _) = await CallAsync("Jobs.JoinAsync", "--args-json", file);
        Assert.Equal("\"x1 2\"\n", output);
        await File.WriteAllTextAsync(file, "{\n  \"numbers\": [1 2]\n}", Stop);
        (int exitCode, _, string error) = await CallAsync("Jobs.JoinAsync", "--args-json", file);
        Assert.Equal(ExitCodes.Usage, exitCode);
        Assert.EndsWith($"The arguments in {file} are no JSON: see line 2, column 17.\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_one_line_for_each_item_and_an_argument_may_be_one()
    {
        (_, string output, _) = await CallAsync("Jobs.OrdersAsync", "--arg", "count=3");
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(["order 0", "order 1", "order 2"], lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("Name").GetString()));
        (_, output, string error) = await CallAsync("Jobs.SumAsync", "--arg", "items=1.10,2");
        Assert.Equal(("3.10\n", "progress: 1.10\nprogress: 3.10\n"), (output, error));
    }

    [Fact]
    public async Task A_function_without_a_result_prints_none()
    {
        Assert.Equal((ExitCodes.Success, "", ""), await CallAsync("Jobs.NothingAsync"));
        Assert.Equal((ExitCodes.Success, "null\n", ""), await CallAsync("Jobs.NothingAsync", "--json"));
    }

    [Theory]
    [InlineData(ExitCodes.NotFound, "Did you mean Jobs.PreprocessAsync?", "Jobs.PreproccesAsync")]
    [InlineData(ExitCodes.Usage, "needs an argument for 'dataset'. It is Jobs.PreprocessAsync(string dataset, int epochs = 1, Mode mode = \"Thorough\") -> string", "Jobs.PreprocessAsync")]
    [InlineData(ExitCodes.Usage, "has no parameter 'datset': did you mean 'dataset'?", "Jobs.PreprocessAsync", "--arg", "datset=x")]
    [InlineData(ExitCodes.Usage, "'x' where a number is needed (Double), in 'order.weights[1]'. The member is Jobs.DoubleAsync(", "Jobs.DoubleAsync", "--arg", """order={"name":"a","weights":[1,"x"]}""")]
    [InlineData(ExitCodes.Usage, "there is no member 'nam' among At, Counts, Id, Mode, Name, Price, Weights, in 'order'.", "Jobs.DoubleAsync", "--arg", """order={"nam":"a"}""")]
    [InlineData(ExitCodes.Usage, "'soon' is no whole number, which parameter 'epochs' takes", "Jobs.PreprocessAsync", "--arg", "dataset=x", "--arg", "epochs=soon")]
    [InlineData(ExitCodes.Usage, "'Quick' where one of Fast, Thorough is needed, in 'mode'.", "Jobs.PreprocessAsync", "--arg", "dataset=x", "--arg", "mode=Quick")]
    [InlineData(ExitCodes.Usage, "lacks 'basket.lines[1].Count', which cannot be left out or null. The member is Jobs.PackAsync(", "Jobs.PackAsync", "--arg", """basket={"buyer":"a","lines":[{"article":"x","count":1},{"article":"y"}]}""")]
    [InlineData(ExitCodes.Usage, "lacks 'basket.Lines', which cannot be left out or null.", "Jobs.PackAsync", "--arg", """basket={"buyer":"a"}""")]
    [InlineData(ExitCodes.Usage, "lacks 'basket.Buyer', which cannot be left out or null.", "Jobs.PackAsync", "--arg", """basket={"lines":[]}""")]
    [InlineData(ExitCodes.Usage, "there is no member 'prise' among", "Jobs.DoubleAsync", "--arg", """order={"name":"x","prise":1}""")]
    [InlineData(ExitCodes.Usage, "a list where a number is needed, in 'order.price'", "Jobs.DoubleAsync", "--arg", """order={"name":"x","price":[1]}""")]
    [InlineData(ExitCodes.Usage, "is called on a remote object, and none was named. Name one that a program has created under a name: 'runhouse call --name NAME'", "Tuner.Train", "--arg", "epoch=1")]
    [InlineData(ExitCodes.Threw, "error: System.ArgumentException: not today", "Jobs.FailAsync", "--arg", "message=not today")]
    [InlineData(ExitCodes.NotFound, "No remote object is named 'nobody'.", "Tuner.Train", "--name", "nobody", "--arg", "epoch=1")]
    public async Task What_is_wrong_is_one_line_and_a_code(int expected, string text, params string[] arguments)
    {
        bool isObject = arguments.Contains("--name");
        (int exitCode, string output, string error) = isObject ? await CommandLine.RunAsync(["call", .. arguments]) : await CallAsync(arguments);
        Assert.Equal((expected, ""), (exitCode, output));
        Assert.Contains(text, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("call")]
    [InlineData("call", "Jobs.A", "--list")]
    [InlineData("call", "Jobs.A", "--arg", "x")]
    [InlineData("call", "Jobs.A", "--arg", "x=1", "--arg", "x=2")]
    [InlineData("call", "Jobs.A", "--args-json", "nosuch.json")]
    [InlineData("call", "Jobs.A", "--build", "x", "--name", "y")]
    public async Task A_call_that_cannot_be_meant_is_not_made(params string[] arguments)
    {
        (int exitCode, string output, string error) = await CommandLine.RunAsync(arguments);
        Assert.Equal((ExitCodes.Usage, ""), (exitCode, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task What_can_be_called_is_listed_with_what_it_takes_and_needs()
    {
        (int exitCode, string output, string error) = await CallAsync("--list");
        Assert.True(exitCode == ExitCodes.Success, error);
        string[] lines = output.Split('\n');
        Assert.Contains("Jobs.PreprocessAsync(string dataset, int epochs = 1, Mode mode = \"Thorough\") -> string  [cpus=1+]", lines);
        Assert.Contains("Jobs.OrdersAsync(int count) -> stream of Order", lines);
        Assert.DoesNotContain(lines, static line => line.Contains("new Tuner", StringComparison.Ordinal));
        Assert.Contains("Tuner.GetRateAsync() -> double  --name NAME", lines);
        (_, output, _) = await CallAsync("--list", "--json");
        JsonElement join = JsonDocument.Parse(output).RootElement.EnumerateArray().Single(static one => one.GetProperty("name").GetString() == "Runhouse.Cli.Tests.App.Jobs.JoinAsync");
        Assert.Equal("System.Collections.Generic.IReadOnlyList<int>", join.GetProperty("parameters")[0].GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_method_of_a_named_object_is_called_without_the_build_at_hand()
    {
        await using TunerRemote tuner = await Tuner.Remote.Named("tuner-call").CreateAsync("llama");
        Assert.Contains("Tuner.Train(int epoch) -> string", (await CommandLine.RunAsync("call", "--list", "--name", "tuner-call")).Output.Split('\n'));
        Assert.Equal((ExitCodes.Success, "\"llama 2 0.5\"\n", ""), await CommandLine.RunAsync("call", "Train", "--name", "tuner-call", "--arg", "epoch=2"));
        Assert.Equal((ExitCodes.Success, "", ""), await CommandLine.RunAsync("call", "SetRateAsync", "--name", "tuner-call", "--arg", "value=0.25"));
        Assert.Equal((ExitCodes.Success, "0.25\n", ""), await CommandLine.RunAsync("call", "GetRateAsync", "--name", "tuner-call"));
        await tuner.DeleteAsync(Stop);
    }

    [Fact]
    public async Task What_is_deployed_is_listed_and_called_by_its_id()
    {
        await CallAsync("Jobs.NothingAsync");
        (int exitCode, string output, _) = await CommandLine.RunAsync("deployments", "--json");
        Assert.Equal(ExitCodes.Success, exitCode);
        JsonElement deployment = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray(), static one => one.GetProperty("application").GetString() == "Runhouse.Cli.Tests");
        Assert.InRange(deployment.GetProperty("bytes").GetInt64(), 100_000, 1 << 30);
        Assert.InRange(deployment.GetProperty("workers").GetInt32(), 1, 10); // that of members without needs, and those that other tests have asked for
        Assert.InRange(deployment.GetProperty("usedAt").GetDateTimeOffset(), DateTimeOffset.UtcNow - TimeSpan.FromHours(1), DateTimeOffset.UtcNow + TimeSpan.FromHours(1));
        string id = deployment.GetProperty("id").GetString()!;
        Assert.Equal((ExitCodes.Success, "", ""), await CommandLine.RunAsync("call", "NothingAsync", "--deployment", id[..8]));
        (exitCode, _, string error) = await CommandLine.RunAsync("call", "NothingAsync", "--deployment", "none");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        Assert.Contains($"{id[..12]} (Runhouse.Cli.Tests)", error, StringComparison.Ordinal);
        (exitCode, _, error) = await CommandLine.RunAsync("rollback", "Runhouse.Cli.Tests");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        Assert.EndsWith("It has no other one: deploy the build that is meant, which makes it current ('runhouse deploy PATH', or a run of that build's program).\n", error, StringComparison.Ordinal);
        (_, output, _) = await CommandLine.RunAsync("deployments", "local");
        Assert.Contains("APPLICATION", output, StringComparison.Ordinal);
        Assert.Contains(id[..12], output, StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(44)]
    public async Task Status_shows_calls_in_flight_objects_workers_processor_and_memory_and_none_once_they_have_ended()
    {
        await using TunerRemote tuner = await Tuner.Remote.Named("tuner-status").CreateAsync("llama");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task waiting = Jobs.Remote.WaitAsync(Path.Combine(HomeOfTests.Path, "status"), cancel.Token);
        JsonElement host = await StatusAsync(static host => Worker(host).GetProperty("calls").GetInt32() == 1 && Worker(host).GetProperty("objects").GetInt32() == 1);
        JsonElement worker = Worker(host);
        Assert.True(worker.GetProperty("memoryBytes").GetInt64() > 1 << 20);
        Assert.True(worker.GetProperty("cpuSeconds").GetDouble() > 0);
        Assert.Contains("tuner-status", host.GetProperty("objects").EnumerateArray().Select(static one => one.GetProperty("name").GetString()));
        JsonElement machine = host.GetProperty("machine");
        Assert.Equal(Environment.ProcessorCount, machine.GetProperty("cores").GetInt32());
        Assert.True(machine.GetProperty("memoryBytes").GetInt64() > machine.GetProperty("memoryAvailableBytes").GetInt64());
        Assert.Equal(JsonValueKind.Array, machine.GetProperty("accelerators").ValueKind);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await tuner.DeleteAsync(Stop);
        host = await StatusAsync(static host => Worker(host).GetProperty("calls").GetInt32() == 0 && Worker(host).GetProperty("objects").GetInt32() == 0);
        Assert.DoesNotContain("tuner-status", host.GetProperty("objects").EnumerateArray().Select(static one => one.GetProperty("name").GetString()));
    }

    [Fact]
    [Acceptance(31)]
    public async Task Kill_ends_a_named_process_and_status_shows_what_it_holds()
    {
        await using TunerRemote named = await Tuner.Remote.Named("tuner-kill").InProcess("tuner").Needing(Resources.Parse(cpus: "1+", memory: "0.25")).CreateAsync("llama");
        await using TunerRemote tuner = await Tuner.Remote.InProcess("tuner").Needing(Resources.Parse(cpus: "1+", memory: "0.25")).CreateAsync("llama");
        (_, string shown, _) = await CommandLine.RunAsync("status", "local");
        string line = Assert.Single(shown.Split('\n'), static line => line.Contains(" tuner ", StringComparison.Ordinal));
        Assert.Contains("1 core, 0.25 GiB", line, StringComparison.Ordinal);
        Assert.Contains(" of 256 MiB", line, StringComparison.Ordinal);

        (int exitCode, string output, string error) = await CommandLine.RunAsync("kill", "local", "tuner");
        Assert.True(exitCode == ExitCodes.Success, error);
        Assert.StartsWith($"Ended worker {line.Trim().Split(' ')[0]} (process 'tuner') of Runhouse.Cli.Tests", output, StringComparison.Ordinal);
        var lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await tuner.TrainAsync(1, Stop));
        Assert.Equal(WorkerLossReason.Killed, lost.Reason);
        Assert.EndsWith(" was ended by command (runhouse kill). New calls and objects get a new worker.", lost.Message, StringComparison.Ordinal);
        var gone = await Assert.ThrowsAsync<ObjectLostException>(async () => await Tuner.Remote.AttachAsync("tuner-kill", Stop));
        Assert.Contains("which was ended by command (runhouse kill)", gone.Message, StringComparison.Ordinal);
        (exitCode, _, error) = await CommandLine.RunAsync("kill", "local", "tuner");
        Assert.Equal(ExitCodes.NotFound, exitCode);
        Assert.Contains("no process 'tuner'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_cancels_the_call_where_it_runs()
    {
        string cancelled = Path.Combine(HomeOfTests.Path, "cancelled");
        var start = new ProcessStartInfo("dotnet", [TerminalScreen.Program, "call", "Jobs.WaitAsync", "--arg", $"path={cancelled}", "--build", Build]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Assert.Equal("waiting", await process.StandardError.ReadLineAsync(Stop));
        using (Process interrupt = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await interrupt.WaitForExitAsync(Stop);
        string rest = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal((ExitCodes.Interrupted, "error: Interrupted.\n"), (process.ExitCode, rest));
        await StatusAsync(static host => Worker(host).GetProperty("calls").GetInt32() == 0);
        Assert.Equal("cancelled", await File.ReadAllTextAsync(cancelled, Stop));
    }

    [Fact]
    public async Task Ctrl_C_ends_logs_that_are_followed_and_is_no_error()
    {
        await CallAsync("Jobs.NothingAsync");
        var start = new ProcessStartInfo("dotnet", [TerminalScreen.Program, "logs", "local", "--source", "host", "--follow"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(Stop));
        using (Process interrupt = Process.Start("kill", ["-INT", $"{process.Id}"]))
            await interrupt.WaitForExitAsync(Stop);
        await process.StandardOutput.ReadToEndAsync(Stop);
        Assert.Empty(await process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        Assert.Equal(ExitCodes.Success, process.ExitCode);
    }

    private static Task<(int ExitCode, string Output, string Error)> CallAsync(params string[] arguments) => CommandLine.RunAsync(["call", .. arguments, "--build", Build]);

    private static JsonElement Worker(JsonElement host) => host.GetProperty("workers").EnumerateArray()
        .Single(static worker => worker.TryGetProperty("application", out JsonElement application) && application.GetString() == "Runhouse.Cli.Tests" && worker.GetProperty("state").GetString() == "Serving"
            && !worker.TryGetProperty("process", out _) && worker.GetProperty("cpus").GetDouble() == 0);

    // The worker tells its host a few times a second.
    private static async Task<JsonElement> StatusAsync(Func<JsonElement, bool> isMet)
    {
        while (true)
        {
            (_, string output, _) = await CommandLine.RunAsync("status", "local", "--json");
            JsonElement host = JsonDocument.Parse(output).RootElement[0].GetProperty("hosts")[0].GetProperty("status");
            if (isMet(host))
                return host;
            await Task.Delay(50, Stop);
        }
    }
}
