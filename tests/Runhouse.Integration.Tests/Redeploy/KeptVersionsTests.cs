using System.Text.Json;
using Runhouse.Integration.App;

namespace Runhouse.Integration;

/// <summary>What becomes of a named object that keeps its state when another version of its application is deployed. Its host is that of all tests; the application has another name in each.</summary>
public sealed class KeptVersionsTests(LocalHost host, KeptVersions versions) : IClassFixture<KeptVersions>
{
    [Fact]
    [Acceptance(27)]
    public async Task An_object_goes_on_in_the_next_version_with_its_state()
    {
        Assert.Equal(["notes: one (first)"], await RunAsync(versions.First, "kept-on", "create", "kept-on", "one"));
        Assert.Equal(["notes: one two (first)"], await RunAsync(versions.First, "kept-on", "add", "kept-on", "two"));

        // Its state has a member more, of which the older state knows nothing.
        Assert.Equal(["notes: one two three (second, uncolored)"], await RunAsync(versions.Second, "kept-on", "add", "kept-on", "three"));

        // The current version has it, whoever calls.
        Assert.Equal(["notes: one two three four (second, uncolored)"], await RunAsync(versions.First, "kept-on", "add", "kept-on", "four"));
        Assert.Empty(await RunAsync(versions.First, "kept-on", "delete", "kept-on"));
        Assert.StartsWith("RemoteNotFoundException", Assert.Single(await RunAsync(versions.Second, "kept-on", "add", "kept-on", "five")), StringComparison.Ordinal);
    }

    [Fact]
    [Acceptance(27)]
    public async Task A_rollback_takes_an_object_back_with_its_state()
    {
        await RunAsync(versions.First, "kept-back", "create", "kept-back", "one");
        await RunAsync(versions.Second, "kept-back", "add", "kept-back", "two");
        await Cluster.Local().RollBackAsync("kept-back");
        Assert.Equal(["notes: one two three (first)"], await RunAsync(versions.First, "kept-back", "add", "kept-back", "three"));
        await RunAsync(versions.First, "kept-back", "delete", "kept-back");
    }

    [Fact]
    [Acceptance(24)]
    [Acceptance(27)]
    public async Task Calls_in_flight_end_in_the_old_version_and_the_proxies_of_its_callers_follow_the_object()
    {
        string started = Path.Combine(host.Home, "kept-in-flight-started"), end = Path.Combine(host.Home, "kept-in-flight-end");
        await RunAsync(versions.First, "kept-in-flight", "create", "kept-in-flight", "one");
        Task<string[]> staying = RunAsync(versions.First, "kept-in-flight", "stay", "kept-in-flight", started, end);
        while (!File.Exists(started))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Task<string[]> next = RunAsync(versions.Second, "kept-in-flight", "add", "kept-in-flight", "two");

        // The object waits for its call, and whoever asks for it in the next version for the object: that version is there, and has not got it yet.
        await Eventually.IsTrueAsync(async () => (await WorkersAsync("kept-in-flight")).Length == 2);
        Assert.False(next.IsCompleted);
        await File.WriteAllTextAsync(end, "");
        string[] stayed = await staying;
        Assert.Equal("notes: one slow (first)", stayed[0]);
        Assert.EndsWith("(second, uncolored)", stayed[1], StringComparison.Ordinal);

        // A stream has one reader: the call with it is not made again by itself, and has not run.
        Assert.Equal(["moved, not run", "1"], stayed[2..4]);
        Assert.Equal(["behind", "one", "slow", "streamed"], stayed[4].Split('|').Where(static line => line != "two").Distinct().Order());
        Assert.Single(stayed[4].Split('|'), "streamed");
        Assert.StartsWith("notes: one slow ", Assert.Single(await next), StringComparison.Ordinal);
        await RunAsync(versions.Second, "kept-in-flight", "delete", "kept-in-flight");
    }

    [Fact]
    [Acceptance(23)]
    [Acceptance(27)]
    public async Task A_version_that_does_not_take_the_state_leaves_the_object_to_the_one_before_and_says_why()
    {
        await RunAsync(versions.First, "kept-refused", "create", "kept-refused", "one");
        string refused = Assert.Single(await RunAsync(versions.Refusing, "kept-refused", "add", "kept-refused", "never"));
        Assert.StartsWith("SnapshotException: The remote object 'kept-refused' could not be brought to deployment ", refused, StringComparison.Ordinal);
        Assert.Contains("System.InvalidOperationException: these notes are not for this version.", refused, StringComparison.Ordinal);
        Assert.Contains("which goes on serving it", refused, StringComparison.Ordinal);
        Assert.Equal(["notes: one two (first)"], await RunAsync(versions.First, "kept-refused", "add", "kept-refused", "two"));
        Assert.StartsWith("SnapshotException", Assert.Single(await RunAsync(versions.Refusing, "kept-refused", "add", "kept-refused", "never")), StringComparison.Ordinal);
        Assert.Equal(["notes: one two three (second, uncolored)"], await RunAsync(versions.Second, "kept-refused", "add", "kept-refused", "three"));
        await RunAsync(versions.First, "kept-refused", "delete", "kept-refused");
    }

    [Fact]
    [Acceptance(27)]
    public async Task A_tool_without_types_calls_the_object_in_the_current_version()
    {
        await RunAsync(versions.First, "kept-tool", "create", "kept-tool", "one");
        await using (LiveDeployment deployed = await Cluster.Local().DeployAsync(versions.Second, "kept-tool"))
        {
            await using ClusterApplication application = await Cluster.Local().OpenObjectAsync("kept-tool", TextWriter.Null, TestContext.Current.CancellationToken);
            JsonElement? said = await application.CallAsync(application.Find("AddAsync", ["line"]), new Dictionary<string, JsonElement> { ["line"] = JsonSerializer.SerializeToElement("two") });
            Assert.Equal("notes: one two (second, uncolored)", said!.Value.GetString());
        }

        await RunAsync(versions.Second, "kept-tool", "delete", "kept-tool");
    }

    private async Task<string[]> RunAsync(string version, string application, params string[] arguments)
    {
        await Jobs.Remote.ProcessIdAsync();
        (_, string[] lines) = await host.ProgramAsync(version, "Notes.dll", new() { ["RUNHOUSE__Application"] = application }, arguments);
        return lines;
    }

    private async Task<string[]> WorkersAsync(string application) =>
    [
        .. (await host.StatusAsync()).GetProperty("workers").EnumerateArray()
            .Where(worker => worker.TryGetProperty("application", out JsonElement name) && name.GetString() == application && worker.GetProperty("state").GetString() == "Serving")
            .Select(static worker => worker.GetProperty("id").GetString()!),
    ];
}
