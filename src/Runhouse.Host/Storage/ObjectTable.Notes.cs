using Microsoft.Data.Sqlite;

namespace Runhouse.Host.Storage;

/// <content>
/// What is noted of objects whose state is not kept, so that it can be said of them that they were lost. Nobody waits for that: one writer takes what has come meanwhile to the disk at once.
/// What is written of others at a name comes behind it.
/// </content>
internal sealed partial class ObjectTable
{
    /// <summary>So many may wait; whoever comes then waits himself until they are written.</summary>
    private const int MaxNotes = 4096;

    private readonly Lock _noting = new();
    private readonly Queue<Note> _notes = [];
    private bool _isWriting;

    /// <summary>Notes an object whose state is not kept, in place of what was known of its name, soon.</summary>
    public void PutSoon(StoredObject stored) => Enqueue(new Note(stored, IsGone: false));

    /// <summary>Forgets an object whose state is not kept, unless another one has its name by now, soon.</summary>
    public void RemoveSoon(StoredObject stored) => Enqueue(new Note(stored, IsGone: true));

    /// <summary>Writes what is yet to be noted.</summary>
    public void Flush()
    {
        try
        {
            store.Use(WriteNotes);
        }
        catch (Exception error)
        {
            // The objects are as good as ever, but for what is said of them after their end.
            LogNotNoted(Take(), error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Flush();

    private void Enqueue(Note note)
    {
        bool isFirst, isFull;
        lock (_noting)
        {
            _notes.Enqueue(note);
            isFirst = !_isWriting;
            isFull = _notes.Count >= MaxNotes;
            _isWriting = true;
        }

        if (isFirst)
            ThreadPool.UnsafeQueueUserWorkItem(static table => table.FlushAll(), this, preferLocal: false);
        if (isFull)
            Flush();
    }

    private void FlushAll()
    {
        while (true)
        {
            Flush();
            lock (_noting)
            {
                if (_notes.Count == 0)
                {
                    _isWriting = false;
                    return;
                }
            }
        }
    }

    // In the store's turn, so that nobody sees them neither here nor there.
    private void WriteNotes(SqliteConnection connection)
    {
        Note[] notes = Take();
        if (notes.Length == 0)
            return;
        try
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            foreach (Note note in notes)
            {
                if (note.IsGone)
                    Remove(connection, note.Stored.Name, note.Stored.ObjectId);
                else
                    Put(connection, note.Stored, construction: null);
            }

            transaction.Commit();
        }
        catch (SqliteException error)
        {
            LogNotNoted(notes, error);
            throw;
        }
    }

    private Note[] Take()
    {
        lock (_noting)
        {
            Note[] notes = [.. _notes];
            _notes.Clear();
            return notes;
        }
    }

    private bool IsToBeNoted(string name)
    {
        lock (_noting)
            return _notes.Any(note => note.Stored.Name == name);
    }

    private void LogNotNoted(Note[] notes, Exception error)
    {
        if (notes is [var first, ..])
            LogNotNoted(first.Stored.Name, notes.Length - 1, error.Message);
    }

    [LoggerMessage(LogLevel.Error, "What becomes of the remote object '{Name}', and of {Others} others, cannot be noted in the host's store: {Reason}")]
    private partial void LogNotNoted(string name, int others, string reason);

    /// <summary>That an object is there, or is gone.</summary>
    private readonly record struct Note(StoredObject Stored, bool IsGone);
}
