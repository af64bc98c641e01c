using System.Globalization;
using Microsoft.Data.Sqlite;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>The tables of the store, by version: a store is brought to the newest version when it is opened, and never back.</summary>
internal static class StoreSchema
{
    /// <summary>What makes version n of version n - 1. Never changed once it was in a release: another one is added.</summary>
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE calls (
            id TEXT PRIMARY KEY,
            state INTEGER NOT NULL,
            call TEXT NOT NULL,
            caller TEXT NOT NULL,
            application TEXT,
            worker TEXT,
            attempts INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            expires_at INTEGER,
            cancelled_by TEXT,
            arguments BLOB,
            outcome_kind TEXT,
            outcome BLOB
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX calls_by_expiry ON calls (expires_at) WHERE expires_at IS NOT NULL;
        """,
        """
        CREATE TABLE objects (
            name TEXT PRIMARY KEY,
            object_id INTEGER NOT NULL,
            type TEXT NOT NULL,
            application TEXT NOT NULL,
            deployment TEXT NOT NULL,
            place TEXT,
            image TEXT,
            construction BLOB,
            state BLOB,
            kept_at INTEGER,
            problem TEXT,
            lost_at INTEGER,
            lost_by TEXT
        ) STRICT;
        """,
        """
        CREATE TABLE schedules (
            deployment TEXT NOT NULL,
            method_id TEXT NOT NULL,
            application TEXT NOT NULL,
            declared TEXT NOT NULL,
            image TEXT,
            is_lenient INTEGER NOT NULL,
            PRIMARY KEY (deployment, method_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE schedule_runs (
            application TEXT NOT NULL,
            method_id TEXT NOT NULL,
            seed BLOB NOT NULL,
            since INTEGER NOT NULL,
            last_at INTEGER,
            last_call TEXT,
            skipped INTEGER NOT NULL,
            PRIMARY KEY (application, method_id)
        ) STRICT, WITHOUT ROWID;
        """,
    ];

    /// <summary>Brings a store to the newest version.</summary>
    /// <exception cref="HostRefusal">A newer host has written it.</exception>
    public static void Upgrade(SqliteConnection connection)
    {
        int version = Convert.ToInt32(HostStore.Scalar(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > Steps.Length)
        {
            throw new HostRefusal(
                StatusCodes.Status500InternalServerError,
                HostErrorCode.Failed,
                $"The host's store was written by a newer host (version {version} of its tables; this host knows {Steps.Length}). Start the newer host again.");
        }

        for (; version < Steps.Length; version++)
        {
            using SqliteTransaction step = connection.BeginTransaction();
            HostStore.Execute(connection, Steps[version]);
            HostStore.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"));
            step.Commit();
        }
    }
}
