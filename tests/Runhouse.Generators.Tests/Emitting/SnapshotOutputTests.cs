using Runhouse.Generators.Tests.Infrastructure;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Generated;

namespace Runhouse.Generators.Tests.Emitting;

/// <summary>What is written for classes whose named objects keep their state.</summary>
public sealed class SnapshotOutputTests
{
    private const string Tuner = """
        using System.Collections.Generic; using System.Threading; using System.Threading.Tasks; using Runhouse;
        namespace App;
        /// <summary>The state.</summary>
        public sealed record State(int Epoch, List<string> Notes{0});
        /// <summary>Tunes.</summary>
        [Remote]
        public sealed class Tuner : ISnapshot<State>
        {
            private State _state = new(0, []);
            /// <summary>Says the state.</summary>
            public Task<string> SayAsync() => Task.FromResult(_state.ToString());
            /// <inheritdoc/>
            public ValueTask<State> TakeSnapshotAsync(CancellationToken cancellationToken) => new(new State(3, ["a", "b"]));
            /// <inheritdoc/>
            public ValueTask RestoreAsync(State state, CancellationToken cancellationToken) { _state = state; return default; }
        }
        """;

    [Fact]
    public async Task A_state_is_written_as_maps_by_name_and_read_by_a_version_with_another_member()
    {
        (RemoteSnapshot first, object instance) = Load("First", "");
        using var state = new BodyBuffer();
        await first.TakeAsync(instance, state, Protocol.WireLimits.Default, TestContext.Current.CancellationToken);

        (RemoteSnapshot second, object other) = Load("Second", ", double Rate = 0.5");
        await second.RestoreAsync(other, state.Written, Protocol.WireLimits.Default, TestContext.Current.CancellationToken);
        Assert.StartsWith("State { Epoch = 3, Notes = System.Collections.Generic.List`1[System.String], Rate = 0", await SayAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_was_renamed_has_its_default_and_the_others_have_what_was_kept()
    {
        using var state = new BodyBuffer();
        (RemoteSnapshot first, object instance) = Load("Named", "");
        await first.TakeAsync(instance, state, Protocol.WireLimits.Default, TestContext.Current.CancellationToken);
        (RemoteSnapshot second, object other) = Load("Renamed", "", static code => code.Replace("int Epoch", "int Round", StringComparison.Ordinal));
        await second.RestoreAsync(other, state.Written, Protocol.WireLimits.Default, TestContext.Current.CancellationToken);
        Assert.StartsWith("State { Round = 0, Notes = System.Collections.Generic.List`1[System.String]", await SayAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_a_version_cannot_read_is_an_error_that_says_what_to_change_and_changes_nothing()
    {
        using var state = new BodyBuffer();
        (RemoteSnapshot first, object instance) = Load("Numbers", "");
        await first.TakeAsync(instance, state, Protocol.WireLimits.Default, TestContext.Current.CancellationToken);
        (RemoteSnapshot second, object other) = Load(
            "Texts", "", static code => code.Replace("int Epoch", "string Epoch", StringComparison.Ordinal).Replace("new(0, [])", "new(\"none\", [])", StringComparison.Ordinal).Replace("State(3,", "State(\"3\",", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await second.RestoreAsync(other, state.Written, Protocol.WireLimits.Default, TestContext.Current.CancellationToken));
        Assert.StartsWith("The state that was kept cannot be read as App.State of this version: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Let its members keep their types; one of another type needs another name.", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("State { Epoch = none,", await SayAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_is_larger_than_its_buffer_takes_says_which_limit_that_is()
    {
        (RemoteSnapshot snapshot, object instance) = Load("Large", "");
        using var state = new BodyBuffer { MaxBytes = 4 };
        var error = await Assert.ThrowsAsync<RemoteSerializationException>(async () => await snapshot.TakeAsync(instance, state, Protocol.WireLimits.Default, TestContext.Current.CancellationToken));
        Assert.Contains("makes the state larger than the limit of 4 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("Runhouse:Limits:MaxStateBytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Callers_do_not_see_what_the_worker_alone_calls()
    {
        GeneratorRun run = GeneratorRun.Of(Tuner.Replace("{0}", "", StringComparison.Ordinal)).Compiles();
        Assert.Contains(run.Files, static file => file.Value.Contains("SayAsync", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Files, static file => file.Value.Contains("TakeSnapshotAsync", StringComparison.Ordinal) || file.Value.Contains("RestoreAsync", StringComparison.Ordinal));
        Assert.Contains(run.Files.Values, static text => text.Contains("\"App.Tuner\" => new global::Runhouse.Protocol.Generated.RemoteSnapshot<global::App.State>(", StringComparison.Ordinal));
    }

    [Fact]
    public void A_contract_without_such_classes_says_nothing_of_them()
        => Assert.DoesNotContain(GeneratorRun.Of(Samples.Everything).Files.Values, static text => text.Contains("Snapshot", StringComparison.Ordinal));

    private static Task<string> SayAsync(object tuner) => (Task<string>)tuner.GetType().GetMethod("SayAsync")!.Invoke(tuner, null)!;

    private static (RemoteSnapshot Snapshot, object Instance) Load(string assembly, string members, Func<string, string>? change = null)
    {
        string code = Tuner.Replace("{0}", members, StringComparison.Ordinal);
        System.Reflection.Assembly loaded = GeneratorRun.Of(assembly, Microsoft.CodeAnalysis.CSharp.LanguageVersion.CSharp14, [change?.Invoke(code) ?? code]).Load();
        return (RemoteContracts.Find(assembly)!.FindSnapshot("App.Tuner")!, Activator.CreateInstance(loaded.GetType("App.Tuner")!)!);
    }
}
