using Microsoft.Extensions.Time.Testing;
using Runhouse.Worker.Objects;

namespace Runhouse.Worker.Tests.Objects;

public sealed class ObjectTableTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly UInt128 Session = 7;
    private readonly FakeTimeProvider _time = new();
    private readonly List<ulong> _disposed = [];
    private readonly ObjectTable _table;

    public ObjectTableTests()
    {
        _table = new ObjectTable(Lease, _time, entry =>
        {
            _disposed.Add(entry.Id);
            return Task.CompletedTask;
        });
        _table.SessionOpened(Session);
    }

    [Fact]
    public void Anonymous_objects_of_a_lost_session_go_after_the_lease_and_named_ones_stay()
    {
        Add(1);
        Add(2, "kept");

        _table.SessionClosed(Session);
        _time.Advance(Lease - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_disposed);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([1UL], _disposed);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void A_session_that_comes_back_within_the_lease_keeps_its_objects()
    {
        Add(1);

        _table.SessionClosed(Session);
        _time.Advance(Lease / 2);
        _table.SessionOpened(Session);
        _time.Advance(Lease * 2);

        Assert.Empty(_disposed);
        Assert.True(_table.TryEnter(1, out _));
    }

    [Fact]
    public void A_released_object_is_disposed_behind_its_last_call_and_takes_no_new_ones()
    {
        Add(1);
        Assert.True(_table.TryEnter(1, out var entry));

        _table.Release(1);
        Assert.Empty(_disposed);
        Assert.False(_table.TryEnter(1, out _));
        Assert.False(entry.TryEnter());
        _table.Exit(entry);

        Assert.Equal([1UL], _disposed);
    }

    [Fact]
    public void Releasing_a_named_object_keeps_it_and_deleting_it_frees_its_name()
    {
        string? freed = null;
        _table.NameFreed += entry => freed = entry.Name;
        Add(1, "tuner-1");

        _table.Release(1);
        Assert.Empty(_disposed);
        _table.Delete(1);

        Assert.Equal([1UL], _disposed);
        Assert.Equal("tuner-1", freed);
    }

    [Fact]
    public void An_object_whose_session_went_while_it_was_constructed_is_disposed_at_once()
    {
        _table.SessionClosed(Session);
        _time.Advance(Lease);

        Add(1);

        Assert.Equal([1UL], _disposed);
        Assert.Equal(0, _table.Count);
    }

    private void Add(ulong id, string? name = null) => _table.Add(new ObjectEntry(id, new object(), "T", name, Session));
}
