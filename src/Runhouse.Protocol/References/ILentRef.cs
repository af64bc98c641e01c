namespace Runhouse.Protocol.References;

/// <summary>A reference that a call is given for its duration.</summary>
public interface ILentRef
{
    /// <summary>A call begins that uses the reference.</summary>
    void Lend();

    /// <summary>Such a call has ended.</summary>
    ValueTask TakeBackAsync();
}
