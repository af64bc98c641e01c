using Microsoft.Extensions.Logging.Abstractions;
using Runhouse.Host.Hosting;
using Runhouse.Host.Storage;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>What the store has of named objects.</summary>
public sealed class ObjectTableTests : IDisposable
{
    private static readonly StoredObject Tuner = new("tuner", "App.Tuner", ulong.MaxValue - 5, "App", "deployment-1") { Place = new WorkerRequest { Cpus = "8+", Process = "p" }, Image = "image" };

    private readonly HostFolders _folders = new(TestHost.NewSettings().Home);
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _time = new();
    private readonly HostStore _store;
    private readonly ObjectTable _table;

    public ObjectTableTests()
    {
        _folders.Create();
        _store = new HostStore(_folders, _time, NullLogger<HostStore>.Instance);
        _table = new ObjectTable(_store, _time, NullLogger<ObjectTable>.Instance);
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folders.Home, recursive: true);
    }

    [Fact]
    public void Nothing_is_written_before_something_is_kept()
    {
        Assert.Empty(_table.All());
        Assert.Null(_table.FindLost("tuner"));
        _table.RemoveLostBefore(_time.GetUtcNow());
        Assert.False(File.Exists(_folders.StoreFile));
    }

    [Fact]
    public void An_object_is_found_with_its_place_its_construction_and_its_latest_state()
    {
        _table.Put(Tuner, [1, 2]);
        Assert.Null(_table.Find("tuner", Tuner.ObjectId)!.Value.State);
        _table.Keep("tuner", Tuner.ObjectId, [3]);
        _table.Keep("tuner", Tuner.ObjectId, [4, 5]);
        _table.Move(Tuner with { Deployment = "deployment-2", Image = null });
        StoredObject found = Assert.Single(_table.All());
        Assert.Equal(("tuner", "App.Tuner", Tuner.ObjectId, "deployment-2", "8+", "p", null, true), (found.Name, found.TypeName, found.ObjectId, found.Deployment, found.Place?.Cpus, found.Place?.Process, found.Image, found.KeepsState));
        (byte[] construction, byte[]? state) = _table.Find("tuner", Tuner.ObjectId)!.Value;
        Assert.Equal([1, 2], construction);
        Assert.Equal([4, 5], state);
    }

    [Fact]
    public void What_comes_late_of_an_object_whose_name_another_one_has_changes_nothing()
    {
        _table.Put(Tuner, [1]);
        StoredObject other = Tuner with { ObjectId = 7 };
        _table.Put(other, [2]);
        Assert.False(_table.Keep("tuner", Tuner.ObjectId, [9]));
        _table.Lose([("tuner", Tuner.ObjectId, "with its worker")]);
        _table.Remove("tuner", Tuner.ObjectId);
        Assert.Equal(7UL, Assert.Single(_table.All()).ObjectId);
        Assert.Null(_table.Find("tuner", 7)!.Value.State);
        _table.Remove("tuner", 7);
        Assert.Empty(_table.All());
    }

    [Fact]
    public void A_state_that_could_not_be_kept_is_a_doubt_until_the_next_one_is()
    {
        _table.Put(Tuner, [1]);
        _table.Doubt("tuner", Tuner.ObjectId, "too large");
        Assert.Equal("too large", Assert.Single(_table.All()).Problem);
        _table.Keep("tuner", Tuner.ObjectId, [2]);
        Assert.Null(Assert.Single(_table.All()).Problem);
    }

    [Fact]
    public void Objects_without_state_are_noted_in_the_order_in_which_they_came_and_go()
    {
        StoredObject plain = Tuner with { Place = null };
        _table.PutSoon(plain);
        _table.RemoveSoon(plain);
        _table.PutSoon(plain with { ObjectId = 7 });
        _table.RemoveSoon(plain);
        _table.PutSoon(plain with { Name = "other" });
        _table.Flush();
        Assert.Equal([("other", plain.ObjectId), ("tuner", 7UL)], _table.All().Select(static one => (one.Name, one.ObjectId)).Order());
        Assert.All(_table.All(), static one => Assert.False(one.KeepsState));
    }

    [Fact]
    public void What_is_written_of_a_name_comes_behind_what_is_yet_to_be_noted_of_it()
    {
        StoredObject plain = Tuner with { Place = null };
        _table.PutSoon(plain with { ObjectId = 7 });
        _table.Put(Tuner, [1]);
        _table.PutSoon(plain with { Name = "other" });
        _table.Lose([("other", plain.ObjectId, "with its worker")]);
        _table.Flush();
        Assert.Equal(Tuner.ObjectId, Assert.Single(_table.All()).ObjectId);
        Assert.Equal([1], _table.Find("tuner", Tuner.ObjectId)!.Value.Construction);
        Assert.Equal("with its worker", _table.FindLost("other")!.Cause);

        // One that is there again is not lost, whether that is noted yet or not.
        _table.PutSoon(plain with { Name = "other", ObjectId = 8 });
        Assert.Null(_table.FindLost("other"));
    }

    [Fact]
    public void What_is_yet_to_be_noted_is_written_at_the_end()
    {
        for (ulong id = 1; id <= 10_000; id++)
            _table.PutSoon(new StoredObject($"object {id}", "App.Plain", id, "App", "deployment-1"));
        _table.Dispose();
        Assert.Equal(10_000, _table.All().Count);
    }

    [Fact]
    public void An_object_that_nothing_is_known_of_takes_nobodys_place()
    {
        Assert.True(_table.TryAdd(Tuner));
        _table.Put(Tuner with { ObjectId = 7 }, [2]);
        Assert.False(_table.TryAdd(Tuner));
        Assert.Equal([2], _table.Find("tuner", 7)!.Value.Construction);
    }

    [Fact]
    public void A_lost_object_is_remembered_for_a_time_and_without_its_state()
    {
        _table.Put(Tuner, [1]);
        _table.Keep("tuner", Tuner.ObjectId, [2]);
        DateTimeOffset lostAt = _time.GetUtcNow();
        _table.Lose([("tuner", Tuner.ObjectId, "with worker w-1")]);
        Assert.Empty(_table.All());
        Assert.Null(_table.Find("tuner", Tuner.ObjectId));
        Assert.Equal(new LostObject("App.Tuner", lostAt, "with worker w-1"), _table.FindLost("tuner"));
        _table.RemoveLostBefore(lostAt);
        Assert.NotNull(_table.FindLost("tuner"));
        _table.RemoveLostBefore(lostAt + TimeSpan.FromMilliseconds(1));
        Assert.Null(_table.FindLost("tuner"));
    }
}
