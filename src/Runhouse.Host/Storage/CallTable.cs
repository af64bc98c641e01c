using System.Text.Json;
using Microsoft.Data.Sqlite;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>The detached calls in the store. Large arguments and outcomes are files beside it.</summary>
internal sealed class CallTable(HostStore store, HostFolders folders, TimeProvider time)
{
    /// <summary>What is larger lies in a file of its own: SQLite reads and writes a row as a whole.</summary>
    private const int LargestInRow = 64 * 1024;

    private const string Columns = "id, state, call, caller, application, worker, attempts, created_at, started_at, ended_at, expires_at, cancelled_by";

    private static readonly TimeSpan Settled = TimeSpan.FromHours(1);

    private static readonly string[] Parts = ["arguments", "outcome", "events", "events.1"];

    private long? _tidiedAt;

    /// <summary>Whether any call was ever kept here: only then is the store opened for a look.</summary>
    public bool Exists => store.Exists;

    /// <summary>Records a call; false when it is recorded already.</summary>
    public bool TryAdd(string id, DetachedCall call, string caller, string? application, byte[] arguments)
    {
        // The file first: a row without its file would be a call that cannot run.
        byte[]? inRow = Keep(id, "arguments", arguments);
        try
        {
            return store.Use(Add);
        }
        catch
        {
            Delete(id, "arguments");
            throw;
        }

        bool Add(SqliteConnection connection)
        {
            using SqliteCommand command = Command(
                connection,
                "INSERT OR IGNORE INTO calls (id, state, call, caller, application, created_at, arguments) VALUES ($id, $state, $call, $caller, $application, $now, $arguments)",
                id);
            Set(command, "$state", (int)CallState.Waiting);
            Set(command, "$call", JsonSerializer.Serialize(call, ControlJson.Default.DetachedCall));
            Set(command, "$caller", caller);
            Set(command, "$application", application);
            Set(command, "$now", Now());
            Set(command, "$arguments", inRow);
            return command.ExecuteNonQuery() == 1;
        }
    }

    /// <summary>The arguments of a call that has not ended.</summary>
    public byte[] Arguments(string id) => Read(id, "arguments", store.Use(connection =>
    {
        using SqliteCommand command = Command(connection, "SELECT arguments FROM calls WHERE id = $id", id);
        return command.ExecuteScalar() as byte[];
    }));

    /// <summary>Notes that a call begins, before it does; false when somebody has cancelled it.</summary>
    public bool TryStart(string id, string worker) => store.Use(connection =>
    {
        using SqliteCommand command = Command(
            connection, "UPDATE calls SET state = $running, worker = $worker, started_at = $now, attempts = attempts + 1 WHERE id = $id AND ended_at IS NULL", id);
        Set(command, "$running", (int)CallState.Running);
        Set(command, "$worker", worker);
        Set(command, "$now", Now());
        return command.ExecuteNonQuery() == 1;
    });

    /// <summary>Notes that a call waits again: what there was of it did not begin, or may begin again.</summary>
    public bool TryWait(string id) => store.Use(connection =>
    {
        using SqliteCommand command = Command(connection, "UPDATE calls SET state = $waiting WHERE id = $id AND ended_at IS NULL", id);
        Set(command, "$waiting", (int)CallState.Waiting);
        return command.ExecuteNonQuery() == 1;
    });

    /// <summary>Notes the end of a call; false when it had ended.</summary>
    /// <param name="id">The call.</param>
    /// <param name="state">How it ended.</param>
    /// <param name="kind">What its outcome is; null for none.</param>
    /// <param name="outcome">The outcome.</param>
    /// <param name="cancelledBy">Who cancelled it.</param>
    public bool TryEnd(string id, CallState state, string? kind = null, ReadOnlySpan<byte> outcome = default, string? cancelledBy = null)
    {
        byte[]? inRow = kind is null ? null : Keep(id, "outcome", outcome);
        bool isEnded = store.Use(connection =>
        {
            using SqliteCommand command = Command(
                connection,
                """
                UPDATE calls SET state = $state, ended_at = $now, outcome_kind = $kind, outcome = $outcome, cancelled_by = $by, arguments = NULL,
                    expires_at = $now + CAST(1000 * json_extract(call, '$.retentionSeconds') AS INTEGER)
                WHERE id = $id AND ended_at IS NULL
                """,
                id);
            Set(command, "$state", (int)state);
            Set(command, "$now", Now());
            Set(command, "$kind", kind);
            Set(command, "$outcome", inRow);
            Set(command, "$by", cancelledBy);
            return command.ExecuteNonQuery() == 1;
        });
        if (isEnded)
            Delete(id, "arguments");
        return isEnded;
    }

    /// <summary>A call; null when none of that id is kept.</summary>
    public StoredCall? Find(string id) => !Exists ? null : store.Use(connection =>
    {
        using SqliteCommand command = Command(connection, $"SELECT {Columns} FROM calls WHERE id = $id", id);
        using SqliteDataReader row = command.ExecuteReader();
        return row.Read() ? Read(row) : null;
    });

    /// <summary>All calls that are kept, the oldest first.</summary>
    public IReadOnlyList<StoredCall> All() => !Exists ? [] : store.Use(connection =>
    {
        using SqliteCommand command = Command(connection, $"SELECT {Columns} FROM calls ORDER BY created_at", id: null);
        using SqliteDataReader row = command.ExecuteReader();
        var calls = new List<StoredCall>();
        while (row.Read())
            calls.Add(Read(row));
        return calls;
    });

    /// <summary>What the outcome of a call that has ended is, and its bytes; null when there is none.</summary>
    public (string Kind, byte[] Body)? Outcome(string id)
    {
        (string Kind, byte[]? InRow)? found = store.Use<(string, byte[]?)?>(connection =>
        {
            using SqliteCommand command = Command(connection, "SELECT outcome_kind, outcome FROM calls WHERE id = $id AND outcome_kind IS NOT NULL", id);
            using SqliteDataReader row = command.ExecuteReader();
            return row.Read() ? (row.GetString(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)) : null;
        });
        return found is { } outcome ? (outcome.Kind, Read(id, "outcome", outcome.InRow)) : null;
    }

    /// <summary>Forgets the calls whose time is over.</summary>
    public void RemoveExpired()
    {
        if (!Exists)
            return;
        foreach (string id in store.Use(Expired))
        {
            store.Use(connection =>
            {
                using SqliteCommand command = Command(connection, "DELETE FROM calls WHERE id = $id", id);
                command.ExecuteNonQuery();
            });
            foreach (string part in Parts)
                Delete(id, part);
        }
    }

    /// <summary>Deletes files whose call the store does not have: a host that was killed, or a store that was set aside, leaves them. What is new may be of a call that is being recorded.</summary>
    public void RemoveOrphansIfDue()
    {
        long now = time.GetTimestamp();
        if ((_tidiedAt is { } tidied && time.GetElapsedTime(tidied, now) < Settled) || !Directory.Exists(folders.Calls))
            return;
        _tidiedAt = now;
        DateTime settled = (time.GetUtcNow() - Settled).UtcDateTime;
        foreach (FileInfo file in new DirectoryInfo(folders.Calls).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < settled && Find(file.Name.Split('.')[0]) is null)
                file.Delete();
        }

        if (Exists)
            store.Use(static connection => HostStore.Execute(connection, "PRAGMA incremental_vacuum"));
    }

    private List<string> Expired(SqliteConnection connection)
    {
        using SqliteCommand command = Command(connection, "SELECT id FROM calls WHERE expires_at <= $now", id: null);
        Set(command, "$now", Now());
        using SqliteDataReader row = command.ExecuteReader();
        var ids = new List<string>();
        while (row.Read())
            ids.Add(row.GetString(0));
        return ids;
    }

    private byte[]? Keep(string id, string part, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= LargestInRow)
            return bytes.ToArray();
        HostFolders.CreatePrivate(folders.Calls);
        HostFolders.WritePrivate(folders.CallFile(id, part), bytes);
        return null;
    }

    private void Delete(string id, string part)
    {
        // Without anything large, and without a line, there is not even the folder.
        string file = folders.CallFile(id, part);
        if (File.Exists(file))
            File.Delete(file);
    }

    private byte[] Read(string id, string part, byte[]? inRow) => inRow ?? File.ReadAllBytes(folders.CallFile(id, part));

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static StoredCall Read(SqliteDataReader row) => new(
        JsonSerializer.Deserialize(row.GetString(2), ControlJson.Default.DetachedCall)!,
        new CallStatus
        {
            Id = row.GetString(0),
            State = (CallState)row.GetInt32(1),
            Member = "",
            Caller = row.GetString(3),
            Application = row.IsDBNull(4) ? null : row.GetString(4),
            Worker = row.IsDBNull(5) ? null : row.GetString(5),
            Attempts = row.GetInt32(6),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
            StartedAt = At(row, 8),
            EndedAt = At(row, 9),
            ExpiresAt = At(row, 10),
            CancelledBy = row.IsDBNull(11) ? null : row.GetString(11),
            IsDetached = true,
        });

    private static DateTimeOffset? At(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static SqliteCommand Command(SqliteConnection connection, string sql, string? id)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        if (id is not null)
            Set(command, "$id", id);
        return command;
    }

    private static void Set(SqliteCommand command, string name, object? value) => command.Parameters.AddWithValue(name, value ?? DBNull.Value);
}
