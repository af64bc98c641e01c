namespace Runhouse.Worker.Hangs;

/// <summary>Recognizes a member's own code on stacks: its method, and the one in which an asynchronous one goes on behind its first <c>await</c>.</summary>
internal sealed class MemberFrames
{
    private readonly string _method;
    private readonly string _continuation;

    /// <summary>Prepares the comparison.</summary>
    /// <param name="member">The signature of a member, <c>App.Jobs.SpinAsync(int)</c>.</param>
    public MemberFrames(string member)
    {
        _method = member[..(member.IndexOf('(', StringComparison.Ordinal) + 1)];
        int name = _method.LastIndexOf('.') + 1;
        _continuation = $"{_method[..name]}<{_method[name..^1]}>d__";
    }

    /// <summary>Whether a frame is the member's.</summary>
    /// <param name="frame">A method as the runtime names it, <c>App.Jobs+&lt;SpinAsync&gt;d__3.MoveNext()</c>.</param>
    public bool Has(string frame)
    {
        // Types within types are set apart by another sign.
        string plain = frame.Replace('+', '.');
        return plain.StartsWith(_method, StringComparison.Ordinal) || plain.StartsWith(_continuation, StringComparison.Ordinal);
    }
}
