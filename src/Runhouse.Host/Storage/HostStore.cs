using System.Globalization;
using Microsoft.Data.Sqlite;
using Runhouse.Host.Hosting;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Storage;

/// <summary>
/// What a host keeps over its own end: one SQLite database in its folder, readable by its user alone. It is made when something is first kept, and be it
/// the name of an object: hosts without named objects, detached calls and schedules neither load SQLite nor wait for it. A damaged one is set aside, with a line in the log, and another one begun.
/// </summary>
internal sealed partial class HostStore(HostFolders folders, TimeProvider time, ILogger<HostStore> log) : IDisposable
{
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;

    private readonly Lock _lock = new();
    private SqliteConnection? _connection;
    private bool _isClosed;

    /// <summary>Whether anything was ever kept here.</summary>
    public bool Exists => File.Exists(folders.StoreFile);

    /// <summary>Does something with the database; one thread at a time, as SQLite itself would have it.</summary>
    /// <typeparam name="T">The result.</typeparam>
    /// <param name="work">What to do.</param>
    /// <exception cref="HostRefusal">The store cannot be used; the message says why and what to do.</exception>
    public T Use<T>(Func<SqliteConnection, T> work)
    {
        lock (_lock)
        {
            if (_isClosed)
                throw HostRefusal.Stopping();
            try
            {
                return work(_connection ??= Open());
            }
            catch (SqliteException damage) when (IsDamage(damage))
            {
                SetAside(damage.Message);
                throw Failed($"it was damaged ({damage.Message}) and is set aside; what it had is lost to this host. Ask again");
            }
            catch (SqliteException failure)
            {
                throw Failed($"{failure.Message} Look for the cause (a full disk, a folder that cannot be written), then ask again");
            }
        }
    }

    /// <summary>Does something with the database.</summary>
    /// <param name="work">What to do.</param>
    /// <exception cref="HostRefusal">The store cannot be used.</exception>
    public void Use(Action<SqliteConnection> work) => Use(connection =>
    {
        work(connection);
        return true;
    });

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _connection?.Dispose();
            _connection = null;
        }
    }

    private SqliteConnection Open()
    {
        try
        {
            return OpenOnce();
        }
        catch (SqliteException damage) when (IsDamage(damage))
        {
            SetAside(damage.Message);
            return OpenOnce();
        }
        catch (Exception missing) when (missing is DllNotFoundException or TypeInitializationException)
        {
            throw Failed($"SQLite cannot be loaded on this machine: {missing.GetBaseException().Message} Detached calls, schedules and kept states need a host on Linux with glibc, x64 or arm64");
        }
    }

    private SqliteConnection OpenOnce()
    {
        // SQLite gives its other files the rights of this one.
        if (!File.Exists(folders.StoreFile))
            HostFolders.OpenPrivate(folders.StoreFile, FileMode.OpenOrCreate).Dispose();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = folders.StoreFile, Pooling = false }.ToString());
        try
        {
            connection.Open();

            // FULL: what a caller was told to be recorded stands after a loss of power as well.
            // Large states and outcomes come and go: neither file keeps the size that it once had.
            Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
            if (Scalar(connection, "PRAGMA quick_check(1)") is not "ok" and var problem)
                throw new SqliteException(Convert.ToString(problem, CultureInfo.InvariantCulture), SqliteCorrupt);
            StoreSchema.Upgrade(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void SetAside(string reason)
    {
        _connection?.Dispose();
        _connection = null;
        string aside = $"{folders.StoreFile}.damaged-{time.GetUtcNow():yyyyMMddHHmmssfff}";
        foreach (string suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
        {
            if (File.Exists(folders.StoreFile + suffix))
                File.Move(folders.StoreFile + suffix, aside + suffix);
        }

        LogDamaged(folders.StoreFile, reason, aside);
    }

    internal static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    internal static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static bool IsDamage(SqliteException error) => error.SqliteErrorCode is SqliteCorrupt or SqliteNotADatabase;

    private HostRefusal Failed(string why) => new(
        StatusCodes.Status500InternalServerError, HostErrorCode.Failed, $"The host's store {folders.StoreFile} cannot be used: {why}.");

    [LoggerMessage(LogLevel.Error, "The store {Path} is damaged ({Reason}): it is set aside as {Aside}, and another one begun. What it had is lost to this host: detached calls and their outcomes, the states of named objects, and schedules until their builds serve again")]
    private partial void LogDamaged(string path, string reason, string aside);
}
