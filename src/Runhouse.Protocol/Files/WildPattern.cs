namespace Runhouse.Protocol.Files;

/// <summary>
/// A pattern with wildcards as Git reads it: <c>*</c> and <c>?</c> within one name, <c>**</c> across folders, classes in brackets, a backslash in
/// front of what stands for itself. It works on bytes, as Git does. Matching follows all possible readings at once, so that no pattern takes
/// longer than its length times that of the text.
/// </summary>
internal sealed class WildPattern
{
    private readonly Step[] _steps;

    private WildPattern(Step[] steps) => _steps = steps;

    private enum StepKind
    {
        /// <summary>One byte of a set.</summary>
        One,

        /// <summary>Any number of bytes of a set.</summary>
        Many,

        /// <summary>Nothing; what follows may be passed over, which is how folders between two names may be none.</summary>
        Optional,
    }

    /// <summary>Reads a pattern; null for one that is malformed, which matches nothing.</summary>
    /// <param name="pattern">The pattern.</param>
    public static WildPattern? Parse(ReadOnlySpan<byte> pattern)
    {
        var steps = new List<Step>();
        for (int at = 0; at < pattern.Length;)
        {
            switch (pattern[at])
            {
                case (byte)'*':
                    at = ReadStars(pattern, at, steps);
                    break;
                case (byte)'?':
                    steps.Add(new Step(StepKind.One, ByteSet.WithoutSlash));
                    at++;
                    break;
                case (byte)'[':
                    if (ByteSet.Parse(pattern, ref at) is not { } set)
                        return null;
                    steps.Add(new Step(StepKind.One, set));
                    break;
                case (byte)'\\':
                    if (at + 1 == pattern.Length)
                        return null;
                    steps.Add(new Step(StepKind.One, ByteSet.Of(pattern[at + 1])));
                    at += 2;
                    break;
                default:
                    steps.Add(new Step(StepKind.One, ByteSet.Of(pattern[at++])));
                    break;
            }
        }

        return new WildPattern([.. steps]);
    }

    /// <summary>Whether a text matches as a whole.</summary>
    /// <param name="text">The text.</param>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        Span<bool> now = stackalloc bool[_steps.Length + 1];
        Span<bool> next = stackalloc bool[_steps.Length + 1];
        now.Clear();
        Reach(now, 0);
        foreach (byte value in text)
        {
            next.Clear();
            bool any = false;
            for (int i = 0; i < _steps.Length; i++)
            {
                if (!now[i] || _steps[i].Kind == StepKind.Optional || !_steps[i].Set.Contains(value))
                    continue;
                Reach(next, _steps[i].Kind == StepKind.Many ? i : i + 1);
                any = true;
            }

            if (!any)
                return false;
            Span<bool> former = now;
            now = next;
            next = former;
        }

        return now[_steps.Length];
    }

    // Where the text may go on: at the step, and behind it where the step may stand for nothing.
    private void Reach(Span<bool> reached, int step)
    {
        while (!reached[step])
        {
            reached[step] = true;
            if (step == _steps.Length || _steps[step].Kind == StepKind.One)
                return;
            if (_steps[step].Kind == StepKind.Optional)
                Reach(reached, step + OptionalLength);
            step++;
        }
    }

    // The optional step itself, what the folders are called, and the slash behind them.
    private const int OptionalLength = 3;

    private static int ReadStars(ReadOnlySpan<byte> pattern, int at, List<Step> steps)
    {
        int start = at;
        while (at < pattern.Length && pattern[at] == '*')
            at++;

        bool isWholeName = at - start > 1 && (start == 0 || pattern[start - 1] == '/')
            && (at == pattern.Length || pattern[at] == '/' || pattern[at..].StartsWith("\\/"u8));
        if (!isWholeName)
        {
            steps.Add(new Step(StepKind.Many, ByteSet.WithoutSlash));
            return at;
        }

        bool isFollowed = at < pattern.Length && pattern[at] == '/';
        if (isFollowed)
            steps.Add(new Step(StepKind.Optional, ByteSet.All));
        steps.Add(new Step(StepKind.Many, ByteSet.All));
        if (isFollowed)
            steps.Add(new Step(StepKind.One, ByteSet.Of((byte)'/')));
        return isFollowed ? at + 1 : at;
    }

    private readonly record struct Step(StepKind Kind, ByteSet Set);
}
