namespace Runhouse.Protocol.Connections;

/// <summary>Counts what a connection stays open for when whoever opened it needs it no more.</summary>
/// <param name="close">Closes the connection.</param>
public sealed class HandleCount(Action close)
{
    private readonly Lock _lock = new();
    private int _count;
    private bool _isRetired;

    /// <summary>Counts a handle.</summary>
    public void Add()
    {
        lock (_lock)
            _count++;
    }

    /// <summary>Counts a handle less, which has been closed or was never made.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            if (--_count > 0 || !_isRetired)
                return;
        }

        close();
    }

    /// <summary>From now on the last handle closes the connection. True when there is none, and the caller closes it.</summary>
    internal bool Retire()
    {
        lock (_lock)
        {
            if (_isRetired)
                return false;
            _isRetired = true;
            return _count == 0;
        }
    }
}
