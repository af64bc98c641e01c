namespace Runhouse;

/// <summary>What to do when a remote object of the same name exists already.</summary>
public enum NameConflict
{
    /// <summary>Fail with <see cref="NameInUseException"/>; the existing object stays.</summary>
    Fail,

    /// <summary>Dispose the existing object once the new one has been constructed.</summary>
    Replace,
}
