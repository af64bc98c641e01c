using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>The schedules in the store: what each deployment declares, and how far each application's have come.</summary>
internal sealed class ScheduleTable(HostStore store)
{
    /// <summary>All that deployments declare.</summary>
    public IReadOnlyList<StoredSchedule> All() => !store.Exists ? [] : store.Use(static connection =>
    {
        using SqliteCommand command = Command(connection, "SELECT deployment, application, declared, image, is_lenient FROM schedules ORDER BY deployment, method_id");
        using SqliteDataReader row = command.ExecuteReader();
        var all = new List<StoredSchedule>();
        while (row.Read())
        {
            all.Add(new StoredSchedule(row.GetString(0), row.GetString(1), JsonSerializer.Deserialize(row.GetString(2), ControlJson.Default.DeclaredSchedule)!)
            {
                Image = row.IsDBNull(3) ? null : row.GetString(3),
                IsLenient = row.GetBoolean(4),
            });
        }

        return all;
    });

    /// <summary>How far the schedules have come.</summary>
    public IReadOnlyList<ScheduleRun> Runs() => !store.Exists ? [] : store.Use(static connection =>
    {
        using SqliteCommand command = Command(connection, "SELECT application, method_id, seed, since, last_at, last_call, skipped FROM schedule_runs");
        using SqliteDataReader row = command.ExecuteReader();
        var all = new List<ScheduleRun>();
        while (row.Read())
        {
            all.Add(new ScheduleRun(
                row.GetString(0),
                ulong.Parse(row.GetString(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                row.GetFieldValue<byte[]>(2),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)))
            {
                LastAt = row.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
                LastCall = row.IsDBNull(5) ? null : row.GetString(5),
                Skipped = row.GetInt64(6),
            });
        }

        return all;
    });

    /// <summary>Replaces what a deployment declares.</summary>
    /// <param name="deployment">The deployment's id.</param>
    /// <param name="schedules">All that it declares.</param>
    public void Put(string deployment, IReadOnlyList<StoredSchedule> schedules) => store.Use(connection =>
    {
        using SqliteTransaction change = connection.BeginTransaction();
        Delete(connection, deployment);
        foreach (StoredSchedule one in schedules)
        {
            using SqliteCommand command = Command(
                connection,
                "INSERT INTO schedules (deployment, method_id, application, declared, image, is_lenient) VALUES ($deployment, $method, $application, $declared, $image, $lenient)",
                ("$deployment", deployment),
                ("$method", Text(one.Declared.MethodId)),
                ("$application", one.Application),
                ("$declared", JsonSerializer.Serialize(one.Declared, ControlJson.Default.DeclaredSchedule)),
                ("$image", one.Image),
                ("$lenient", one.IsLenient));
            command.ExecuteNonQuery();
        }

        change.Commit();
    });

    /// <summary>Forgets what a deployment declared.</summary>
    /// <param name="deployment">The deployment's id.</param>
    public void Remove(string deployment) => store.Use(connection => Delete(connection, deployment));

    /// <summary>Notes how far a schedule has come.</summary>
    /// <param name="run">The schedule.</param>
    public void Note(ScheduleRun run) => store.Use(connection =>
    {
        using SqliteCommand command = Command(
            connection,
            """
            INSERT OR REPLACE INTO schedule_runs (application, method_id, seed, since, last_at, last_call, skipped)
            VALUES ($application, $method, $seed, $since, $lastAt, $lastCall, $skipped)
            """,
            ("$application", run.Application),
            ("$method", Text(run.MethodId)),
            ("$seed", run.Seed),
            ("$since", run.Since.ToUnixTimeMilliseconds()),
            ("$lastAt", run.LastAt?.ToUnixTimeMilliseconds()),
            ("$lastCall", run.LastCall),
            ("$skipped", run.Skipped));
        command.ExecuteNonQuery();
    });

    // SQLite's integers have a sign, and a text can be read.
    private static string Text(ulong methodId) => methodId.ToString("x16", CultureInfo.InvariantCulture);

    private static void Delete(SqliteConnection connection, string deployment)
    {
        using SqliteCommand command = Command(connection, "DELETE FROM schedules WHERE deployment = $deployment", ("$deployment", deployment));
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object? value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
