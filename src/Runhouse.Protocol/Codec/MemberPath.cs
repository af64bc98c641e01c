using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Runhouse.Protocol.Codec;

/// <summary>
/// Where in a value its writer is. It keeps the address of each member's name, not a string: names are UTF-8 literals in the data
/// section of a loaded assembly, which never moves, so that keeping the path costs two stores per member. The names are kept beside the
/// buffer that is written to, which is pooled: in the writer itself they would be cleared and copied with it for every call.
/// </summary>
internal unsafe struct MemberPath
{
    private const int Kept = 32;

    private readonly Name[] _names;

    /// <summary>Begins outside of any object.</summary>
    /// <param name="names">Room for the names, from <see cref="Room"/>.</param>
    public MemberPath(Name[] names)
    {
        _names = names;
        names[0] = default;
    }

    /// <summary>How deep the value being written is nested; 0 outside of any object.</summary>
    public int Depth { get; private set; }

    /// <summary>Makes room for the names of a path; for one path at a time.</summary>
    public static Name[] Room() => new Name[Kept];

    /// <summary>Goes one level down.</summary>
    public void Enter()
    {
        Depth++;
        if (Depth < Kept)
            _names[Depth] = default;
    }

    /// <summary>Goes one level up.</summary>
    public void Leave() => Depth--;

    /// <summary>Names the member at this level.</summary>
    /// <param name="name">A UTF-8 literal.</param>
    public void Set(ReadOnlySpan<byte> name)
    {
        if (Depth < Kept)
            _names[Depth] = new Name((nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name)), name.Length);
    }

    /// <inheritdoc/>
    public readonly override string ToString()
    {
        var names = new List<string>();
        for (int level = 0; level <= Math.Min(Depth, Kept - 1); level++)
        {
            (nint address, int length) = _names[level];
            if (length > 0)
                names.Add(Encoding.UTF8.GetString((byte*)address, length));
        }

        if (Depth < Kept)
            return string.Join('.', names);
        return string.Join('.', names.Take(Shown(names))) + "...";
    }

    /// <summary>How many names of a path that was cut say where it leads: of a cycle, the way in and the cycle twice.</summary>
    private static int Shown(List<string> names)
    {
        for (int start = 0; start < names.Count; start++)
        {
            for (int period = 1; start + (3 * period) <= names.Count; period++)
            {
                if (Enumerable.Range(start, names.Count - start - period).All(i => names[i] == names[i + period]))
                    return start + (2 * period);
            }
        }

        return names.Count;
    }

    /// <summary>The name of a member.</summary>
    /// <param name="Address">Where its UTF-8 text is.</param>
    /// <param name="Length">How many bytes it has.</param>
    internal readonly record struct Name(nint Address, int Length);
}
