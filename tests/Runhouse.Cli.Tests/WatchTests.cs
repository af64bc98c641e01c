using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Runhouse.Cli.Tests;

/// <summary><c>runhouse watch</c> and <c>runhouse rollback</c> on a real project and a real host. Each test leaves the session as it found it: watching.</summary>
public sealed class WatchTests(WatchedProject project) : IClassFixture<WatchedProject>
{
    private static readonly string[] Waiting = ["building App.csproj ...", "deploying to 'local', whose host is started if none runs ..."];

    [Fact]
    [Acceptance(25)]
    public async Task A_new_body_runs_in_the_same_object_which_the_next_run_of_the_program_finds_without_a_redeploy()
    {
        Assert.Equal("first 41", await project.ProgramAsync("create", "kept"));
        int runs = project.Runs;
        string process = await project.CallAsync("Work.CallerAsync");
        await project.EditAsync("Model.cs", "return $\"first {_count}\";", "_count += 100; return $\"second {_count}\";");
        Assert.Equal("Model.Predict(int)", (await project.NextAsync("Reloaded")).GetProperty("text").GetString());
        Assert.Equal("second 142", await project.CallAsync("Predict", "--name", "kept", "--arg", "step=1"));

        string adopted = (await project.NextAsync("Adopted")).GetProperty("deployment").GetString()!;
        Assert.Equal($"second 243 {process}", await project.ProgramAsync("attach", "kept"));
        Assert.Equal(adopted, await project.CurrentAsync());

        // Its own remote calls see the change; to run it anew would only lose what it is at.
        Assert.Equal(runs, project.Runs);
    }

    [Fact]
    public void What_is_waited_for_until_the_first_deployment_is_said()
        => Assert.Equal(Waiting, project.Errors.Take(2));

    [Fact]
    public async Task Twenty_edits_in_a_row_of_an_asynchronous_method_an_iterator_and_their_lambdas_each_run_and_keep_the_state()
    {
        // By a program that runs all the while.
        using Process caller = project.Start("ask");
        int calls = int.Parse((await AskAsync()).Split(' ')[0], CultureInfo.InvariantCulture);
        for (int edit = 1; edit <= 20; edit++)
        {
            // Another form each time, so that what the compiler makes of it differs as well.
            string body = (edit % 4) switch
            {
                0 => "foreach (int one in Enumerable.Range(0, number).Select(one => one + EDIT)) yield return one;",
                1 => "int more = EDIT; int Add(int one) => one + more; for (int i = 0; i < number; i++) yield return Add(i);",
                2 => "Func<int, int> add = one => one + EDIT; Func<int, Func<int, int>> twice = by => one => add(one) + by; yield return twice(0)(0);",
                _ => "var pairs = from i in Enumerable.Range(0, number) let to = new { Sum = i + EDIT } select to; foreach (var pair in pairs) yield return pair.Sum;",
            };
            await project.WriteAsync("Helper.cs", $$"""
                public static class Helper
                {
                    public static IEnumerable<int> Numbers(int number)
                    {
                        {{body.Replace("EDIT", $"{2000 + edit}", StringComparison.Ordinal)}}
                    }
                }
                """);
            await project.NextAsync("Reloaded");
            if (edit % 5 == 0)
            {
                // One after the other: together they may be one change or two.
                await project.EditAsync("Work.cs", "await Task.Yield();", "await Task.Yield(); await Task.WhenAll(new[] { 1, 2 }.Select(async one => await Task.FromResult(one)));");
                await project.NextAsync("Reloaded");
            }

            Assert.Equal($"{calls + edit} {2000 + edit}", await AskAsync());
        }

        Assert.Equal($"{calls + 21} 2020", await project.CallAsync("Work.RunAsync", "--arg", "number=1"));
        caller.StandardInput.Close();
        await caller.WaitForExitAsync(TestContext.Current.CancellationToken);
        await project.NextAsync("Adopted");

        async Task<string> AskAsync()
        {
            await caller.StandardInput.WriteLineAsync("1");
            return await caller.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
        }
    }

    [Fact]
    public async Task An_edit_that_is_taken_back_leaves_the_worker_one_of_the_build_that_there_was()
    {
        string build = await project.CurrentAsync();
        string process = await project.CallAsync("Work.CallerAsync");
        await project.EditAsync("Model.cs", "_count += step;", "_count -= step;");
        await project.NextAsync("Reloaded");
        await project.EditAsync("Model.cs", "_count -= step;", "_count += step;");
        await project.NextAsync("Reloaded");
        string adopted = "";
        while (adopted != build)
            adopted = (await project.NextAsync("Adopted")).GetProperty("deployment").GetString()!;

        Assert.Equal(process, await project.ProgramAsync("caller"));
        Assert.Equal(process, await project.CallAsync("Work.CallerAsync"));
    }

    [Fact]
    public async Task A_build_behind_an_edit_that_fails_once_is_made_again()
    {
        await File.WriteAllTextAsync(project.FailOnce, "", TestContext.Current.CancellationToken);
        await project.EditAsync("Model.cs", "_count += step;", "_count += 3 * step;");
        await project.NextAsync("Reloaded");
        await project.NextAsync("Adopted");
        Assert.False(File.Exists(project.FailOnce));
        await project.EditAsync("Model.cs", "_count += 3 * step;", "_count += step;");
        await project.NextAsync("Adopted");
    }

    [Fact]
    public async Task An_object_that_stays_in_a_worker_of_another_build_is_named_where_its_code_does_not_change()
    {
        int created = CountIn(await project.ProgramAsync("create", "left"));
        int before = CountIn(await PredictAsync());
        await project.WriteAsync("Later.cs", "public static class Later;\n");
        await project.NextAsync("Watching");

        await project.EditAsync("Model.cs", "_count += step;", "_count += 5 * step;");
        JsonElement left = (await project.NextAsync("Reloaded")).GetProperty("leftBehind");
        Assert.Contains("left", left.EnumerateArray().Select(static one => one.GetString()));
        Assert.Equal(before - created, CountIn(await PredictAsync()) - before);
        await project.NextAsync("Adopted");

        await project.EditAsync("Model.cs", "_count += 5 * step;", "_count += step;");
        await project.NextAsync("Adopted");

        Task<string> PredictAsync() => project.CallAsync("Predict", "--name", "left", "--arg", "step=1");
        static int CountIn(string answer) => int.Parse(answer.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task A_file_whose_time_is_older_than_the_build_is_built_all_the_same()
    {
        // As one is that was saved while the compiler ran, or copied with its time: MSBuild compares times only.
        await project.EditAsync("Model.cs", "_count += step;", "_count += 2 * step;", DateTime.UtcNow.AddDays(-1));
        await project.NextAsync("Reloaded");
        Assert.Equal((await project.NextAsync("Adopted")).GetProperty("deployment").GetString(), await project.CurrentAsync());
        await project.EditAsync("Model.cs", "_count += 2 * step;", "_count += step;");
        await project.NextAsync("Reloaded");
        await project.NextAsync("Adopted");

        // It stays: taken back, it would be the build whose worker other tests may have patched.
        await project.EditAsync("Work.cs", "CallerAsync() => ", "CallerAsync(int unused = 0) => ", DateTime.UtcNow.AddDays(-1));
        await project.NextAsync("Watching");
        Assert.StartsWith("process ", await project.CallAsync("Work.CallerAsync", "--arg", "unused=1"), StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(21)]
    [Acceptance(22)]
    [Acceptance(23)]
    public async Task What_does_not_compile_or_start_changes_nothing_and_what_is_no_body_is_redeployed_and_rolled_back()
    {
        string before = await project.CallAsync("Work.CallerAsync");
        int runs = project.Runs;
        await project.WriteAsync("Added.cs", "public static class Added { public static int Value => 1; }\n");
        JsonElement deployed = await project.NextAsync("Deployed");
        Assert.StartsWith("Added.cs is new to the project", deployed.GetProperty("text").GetString(), StringComparison.Ordinal);
        await project.NextAsync("Watching");
        string process = await project.CallAsync("Work.CallerAsync");
        Assert.NotEqual(before, process);
        await project.RunAsync(runs + 1);

        await project.EditAsync("Added.cs", "=> 1;", "=> nothing;");
        string error = (await project.NextAsync("Failed")).GetProperty("text").GetString()!;
        Assert.Contains("Added.cs(1,56): error CS0103: The name 'nothing' does not exist in the current context", error, StringComparison.Ordinal);
        Assert.Equal(process, await project.CallAsync("Work.CallerAsync"));

        // It compiles, and is more than a body; it throws as soon as it is loaded.
        await project.WriteAsync("Added.cs", """
            public static class Added
            {
                [System.Runtime.CompilerServices.ModuleInitializer]
                internal static void Start() => throw new InvalidOperationException("not on this machine");
            }
            """);
        Assert.Contains("not on this machine", (await project.NextAsync("Failed")).GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(process, await project.CallAsync("Work.CallerAsync"));

        File.Delete(Path.Combine(project.Folder, "Added.cs"));
        string last = (await project.NextAsync("Deployed")).GetProperty("deployment").GetString()!;
        await project.NextAsync("Watching");
        string after = await project.CallAsync("Work.CallerAsync");
        Assert.NotEqual(process, after);

        // Back to the version with the file, and forth again.
        Assert.Contains("App is ", await project.CommandAsync("rollback", "App"), StringComparison.Ordinal);
        Assert.Equal(deployed.GetProperty("deployment").GetString(), await project.CurrentAsync());
        await project.CommandAsync("rollback", "--to", last[..8]);
        Assert.Equal(last, await project.CurrentAsync());
        Assert.Equal(after, await project.CallAsync("Work.CallerAsync"));

        // What runs now may be a worker that other tests have patched, whose patches are not known any more.
        await project.WriteAsync("Kept.cs", "public static class Kept;\n");
        await project.NextAsync("Watching");
    }

    [Fact]
    public async Task Ctrl_C_ends_it_and_is_no_error() => Assert.Equal((ExitCodes.Success, string.Join('\n', Waiting) + "\n"), await project.InterruptedAsync());

    [Fact]
    public async Task A_signature_that_changes_is_redeployed_and_says_why()
    {
        await project.EditAsync("Work.cs", "RunAsync(int number)", "RunAsync(int number, int more = 0)");
        JsonElement deployed = await project.NextAsync("Deployed");
        Assert.StartsWith("what a generator writes changes (", deployed.GetProperty("text").GetString(), StringComparison.Ordinal);
        await project.NextAsync("Watching");
        await project.EditAsync("Helper.cs", "public static class Helper", "internal static class Helper");
        deployed = await project.NextAsync("Deployed");
        Assert.Equal("Helper.cs changes more than the bodies of methods", deployed.GetProperty("text").GetString());
        await project.NextAsync("Watching");
        await project.EditAsync("Helper.cs", "internal static class Helper", "public static class Helper");
        await project.NextAsync("Watching");
    }
}
