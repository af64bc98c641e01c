namespace Runhouse.Protocol.Files;

/// <summary>A set of bytes: what one place of a pattern may stand for.</summary>
internal readonly struct ByteSet
{
    private const byte Slash = (byte)'/';

    private readonly UInt128 _low;
    private readonly UInt128 _high;

    private ByteSet(UInt128 low, UInt128 high) => (_low, _high) = (low, high);

    public static ByteSet All => new(UInt128.MaxValue, UInt128.MaxValue);

    public static ByteSet WithoutSlash => new(UInt128.MaxValue & ~(UInt128.One << Slash), UInt128.MaxValue);

    public static ByteSet Of(byte value) => value < 128 ? new(UInt128.One << value, 0) : new(0, UInt128.One << (value - 128));

    public bool Contains(byte value) => value < 128 ? (_low >> value & 1) != 0 : (_high >> (value - 128) & 1) != 0;

    /// <summary>Reads a class in brackets, with ranges, named classes and negation; null when it is malformed.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="at">Where the opening bracket is; then, what follows the class.</param>
    public static ByteSet? Parse(ReadOnlySpan<byte> pattern, ref int at)
    {
        int i = at + 1;
        bool isNegated = i < pattern.Length && pattern[i] is (byte)'!' or (byte)'^';
        if (isNegated)
            i++;

        var set = default(ByteSet);
        int before = -1;
        for (bool isFirst = true; ; isFirst = false)
        {
            if (i >= pattern.Length)
                return null;

            // In the first place, a closing bracket stands for itself.
            byte value = pattern[i];
            if (value == ']' && !isFirst)
                break;

            if (value == '-' && before >= 0 && i + 1 < pattern.Length && pattern[i + 1] != ']')
            {
                i++;
                if (!TryReadOne(pattern, ref i, out byte last))
                    return null;
                set |= Range(before, last);
                before = -1;
            }
            else if (value == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':')
            {
                int close = pattern[(i + 2)..].IndexOf((byte)']');
                if (close < 0)
                    return null;
                int end = i + 2 + close;
                if (close > 0 && pattern[end - 1] == ':')
                {
                    if (Named(pattern[(i + 2)..(end - 1)]) is not { } named)
                        return null;
                    set |= named;
                    before = -1;
                    i = end + 1;
                }
                else
                {
                    // Not a name after all.
                    set |= Of(value);
                    before = value;
                    i++;
                }
            }
            else
            {
                if (!TryReadOne(pattern, ref i, out byte one))
                    return null;
                set |= Of(one);
                before = one;
            }
        }

        at = i + 1;
        if (isNegated)
            set = new ByteSet(~set._low, ~set._high);

        // No class stands for what parts folders.
        return new ByteSet(set._low & ~(UInt128.One << Slash), set._high);
    }

    public static ByteSet operator |(ByteSet left, ByteSet right) => new(left._low | right._low, left._high | right._high);

    private static bool TryReadOne(ReadOnlySpan<byte> pattern, ref int at, out byte value)
    {
        if (pattern[at] == '\\')
            at++;
        value = at < pattern.Length ? pattern[at] : default;
        at++;
        return at <= pattern.Length;
    }

    private static ByteSet Range(int first, int last)
    {
        var set = default(ByteSet);
        for (int value = first; value <= last; value++)
            set |= Of((byte)value);
        return set;
    }

    private static ByteSet? Named(ReadOnlySpan<byte> name)
    {
        Func<char, bool>? contains = System.Text.Encoding.ASCII.GetString(name) switch
        {
            "alnum" => char.IsAsciiLetterOrDigit,
            "alpha" => char.IsAsciiLetter,
            "blank" => static c => c is ' ' or '\t',
            "cntrl" => static c => c is < ' ' or '\x7f',
            "digit" => char.IsAsciiDigit,
            "graph" => static c => c is > ' ' and < '\x7f',
            "lower" => char.IsAsciiLetterLower,
            "print" => static c => c is >= ' ' and < '\x7f',
            "punct" => static c => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
            "space" => static c => c is ' ' or '\t' or '\n' or '\r',
            "upper" => char.IsAsciiLetterUpper,
            "xdigit" => char.IsAsciiHexDigit,
            _ => null,
        };
        if (contains is null)
            return null;
        var set = default(ByteSet);
        for (char c = '\0'; c < 128; c++)
        {
            if (contains(c))
                set |= Of((byte)c);
        }

        return set;
    }
}
