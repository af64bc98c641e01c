using System.Text.Json;
using Microsoft.Data.Sqlite;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>The named objects in the store: of those whose state is kept, all that makes them again; of the others, that they were there.</summary>
internal sealed partial class ObjectTable(HostStore store, TimeProvider time, ILogger<ObjectTable> log) : IDisposable
{
    /// <summary>Whether anything was ever kept here: only then is the store opened for a look.</summary>
    public bool Exists => store.Exists;

    /// <summary>Notes an object, in place of what was known of its name.</summary>
    /// <param name="stored">The object.</param>
    /// <param name="construction">What its constructor was called with; null for an object whose state is not kept.</param>
    public void Put(StoredObject stored, byte[]? construction) => store.Use(connection =>
    {
        WriteNotes(connection);
        Put(connection, stored, construction);
    });

    /// <summary>Notes an object without what its constructor was called with; false when something is known of its name, which stays.</summary>
    public bool TryAdd(StoredObject stored) => store.Use(connection =>
    {
        WriteNotes(connection);
        return Put(connection, stored, construction: null, orElse: "IGNORE");
    });

    /// <summary>Notes where an object is by now.</summary>
    public void Move(StoredObject stored) => store.Use(connection =>
    {
        using SqliteCommand command = Command(
            connection,
            "UPDATE objects SET application = $application, deployment = $deployment, place = $place, image = $image WHERE name = $name AND object_id = $id",
            stored.Name,
            stored.ObjectId);
        SetPlace(command, stored);
        command.ExecuteNonQuery();
    });

    /// <summary>Keeps an object's state in place of the one before; false when what the object was constructed with is not here.</summary>
    public bool Keep(string name, ulong objectId, byte[] state) => store.Use(connection =>
    {
        using SqliteCommand command = Command(
            connection, "UPDATE objects SET state = $state, kept_at = $now, problem = NULL WHERE name = $name AND object_id = $id AND construction IS NOT NULL", name, objectId);
        Set(command, "$state", state);
        Set(command, "$now", Now());
        return command.ExecuteNonQuery() > 0;
    });

    /// <summary>Notes that an object's state could not be kept since the one that is: that one is not its state any more.</summary>
    public void Doubt(string name, ulong objectId, string problem) => store.Use(connection =>
    {
        using SqliteCommand command = Command(connection, "UPDATE objects SET problem = $problem WHERE name = $name AND object_id = $id", name, objectId);
        Set(command, "$problem", problem);
        command.ExecuteNonQuery();
    });

    /// <summary>Notes that objects are lost: all of them, or none.</summary>
    /// <param name="objects">Their names, their ids, and by what they were lost, in words that go on from "was lost".</param>
    public void Lose(IEnumerable<(string Name, ulong ObjectId, string Cause)> objects) => store.Use(connection =>
    {
        WriteNotes(connection);
        using SqliteTransaction transaction = connection.BeginTransaction();
        foreach ((string name, ulong objectId, string cause) in objects)
        {
            using SqliteCommand command = Command(
                connection, "UPDATE objects SET lost_at = $now, lost_by = $cause, construction = NULL, state = NULL, place = NULL WHERE name = $name AND object_id = $id", name, objectId);
            command.Transaction = transaction;
            Set(command, "$now", Now());
            Set(command, "$cause", cause);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    });

    /// <summary>Forgets an object, unless another one has its name by now.</summary>
    public void Remove(string name, ulong objectId) => store.Use(connection => Remove(connection, name, objectId));

    /// <summary>The objects that were there when they were noted last; those that are lost are not among them.</summary>
    public IReadOnlyList<StoredObject> All() => !Exists ? [] : store.Use(connection =>
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT name, object_id, type, application, deployment, place, image, problem FROM objects WHERE lost_at IS NULL";
        using SqliteDataReader row = command.ExecuteReader();
        var objects = new List<StoredObject>();
        while (row.Read())
        {
            objects.Add(new StoredObject(row.GetString(0), row.GetString(2), (ulong)row.GetInt64(1), row.GetString(3), row.GetString(4))
            {
                Place = row.IsDBNull(5) ? null : JsonSerializer.Deserialize(row.GetString(5), ControlJson.Default.WorkerRequest),
                Image = row.IsDBNull(6) ? null : row.GetString(6),
                Problem = row.IsDBNull(7) ? null : row.GetString(7),
            });
        }

        return objects;
    });

    /// <summary>What an object was constructed with and its state, which is null when none was kept yet; null when no such object is kept.</summary>
    public (byte[] Construction, byte[]? State)? Find(string name, ulong objectId) => store.Use<(byte[], byte[]?)?>(connection =>
    {
        using SqliteCommand command = Command(connection, "SELECT construction, state FROM objects WHERE name = $name AND object_id = $id AND construction IS NOT NULL", name, objectId);
        using SqliteDataReader row = command.ExecuteReader();
        return row.Read() ? (row.GetFieldValue<byte[]>(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)) : null;
    });

    /// <summary>What is known of an object that is lost; null when none of that name is.</summary>
    public LostObject? FindLost(string name) => !Exists || IsToBeNoted(name) ? null : store.Use(connection =>
    {
        using SqliteCommand command = Command(connection, "SELECT type, lost_at, lost_by FROM objects WHERE name = $name AND lost_at IS NOT NULL", name, objectId: 0);
        using SqliteDataReader row = command.ExecuteReader();
        return row.Read() ? new LostObject(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2)) : null;
    });

    /// <summary>Forgets the objects that were lost before a time.</summary>
    public void RemoveLostBefore(DateTimeOffset time)
    {
        if (!Exists)
            return;
        store.Use(connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DELETE FROM objects WHERE lost_at < $time";
            Set(command, "$time", time.ToUnixTimeMilliseconds());
            command.ExecuteNonQuery();
        });
    }

    private static bool Put(SqliteConnection connection, StoredObject stored, byte[]? construction, string orElse = "REPLACE")
    {
        using SqliteCommand command = Command(
            connection,
            $"""
            INSERT OR {orElse} INTO objects (name, object_id, type, application, deployment, place, image, construction)
            VALUES ($name, $id, $type, $application, $deployment, $place, $image, $construction)
            """,
            stored.Name,
            stored.ObjectId);
        Set(command, "$type", stored.TypeName);
        Set(command, "$construction", construction);
        SetPlace(command, stored);
        return command.ExecuteNonQuery() > 0;
    }

    private static void Remove(SqliteConnection connection, string name, ulong objectId)
    {
        using SqliteCommand command = Command(connection, "DELETE FROM objects WHERE name = $name AND object_id = $id", name, objectId);
        command.ExecuteNonQuery();
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static void SetPlace(SqliteCommand command, StoredObject stored)
    {
        Set(command, "$application", stored.Application);
        Set(command, "$deployment", stored.Deployment);
        Set(command, "$place", stored.Place is { } place ? JsonSerializer.Serialize(place, ControlJson.Default.WorkerRequest) : null);
        Set(command, "$image", stored.Image);
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, string name, ulong objectId)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        Set(command, "$name", name);
        Set(command, "$id", (long)objectId);
        return command;
    }

    private static void Set(SqliteCommand command, string name, object? value) => command.Parameters.AddWithValue(name, value ?? DBNull.Value);
}
