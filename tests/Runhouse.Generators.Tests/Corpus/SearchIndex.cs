// Full-text search over manuals: an inverted index with BM25, phrase queries and highlighting, kept in a named remote object.
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Corpus.SearchIndex;

public sealed record Document(string Id, string Title, string Body, DateTimeOffset Published, IReadOnlyList<string> Tags);

public sealed record Query(string Text, int Take = 10, string? Tag = null, DateTimeOffset? PublishedAfter = null);

public sealed record Hit(string Id, string Title, double Score, string Snippet);

public sealed record SearchResponse(IReadOnlyList<Hit> Hits, int Matches, TimeSpan Elapsed, string? DidYouMean = null);

public sealed class QuerySyntaxException(string message, int position) : Exception(message)
{
    public int Position { get; } = position;
}

internal static class Analyzer
{
    private static readonly FrozenSet<string> StopWords =
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with"
            .Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] Suffixes = ["ingly", "edly", "ing", "ies", "ed", "es", "ly", "s"];

    public static IEnumerable<(string Term, int Start, int Length)> Tokens(string text)
    {
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool inside = i < text.Length && (char.IsLetterOrDigit(text[i]) || (text[i] == '-' && start >= 0));
            if (inside)
            {
                start = start < 0 ? i : start;
                continue;
            }

            if (start >= 0)
            {
                string term = Stem(Fold(text[start..i].TrimEnd('-')));
                if (!StopWords.Contains(term))
                    yield return (term, start, i - start);
                start = -1;
            }
        }
    }

    public static string Fold(string word)
    {
        string decomposed = word.ToLowerInvariant().Normalize(NormalizationForm.FormD);
        return string.Concat(decomposed.Where(static c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));
    }

    private static string Stem(string word)
    {
        string? suffix = Suffixes.FirstOrDefault(suffix => word.Length > suffix.Length + 2 && word.EndsWith(suffix, StringComparison.Ordinal));
        return suffix switch
        {
            null => word,
            "ies" => word[..^3] + "y",
            _ => word[..^suffix.Length],
        };
    }
}

internal sealed class Postings
{
    private readonly SortedList<int, List<int>> _positions = [];

    public int Documents => _positions.Count;

    public IEnumerable<(int Document, int Frequency)> All => _positions.Select(static pair => (pair.Key, pair.Value.Count));

    public void Add(int document, int position)
    {
        if (!_positions.TryGetValue(document, out List<int>? positions))
            _positions.Add(document, positions = []);
        positions.Add(position);
    }

    public IReadOnlyList<int> In(int document) => _positions.TryGetValue(document, out List<int>? positions) ? positions : [];

    public void Remove(int document) => _positions.Remove(document);
}

internal abstract record Clause
{
    public sealed record Term(string Text, bool IsRequired, bool IsExcluded) : Clause;

    public sealed record Phrase(IReadOnlyList<string> Terms) : Clause;

    public static IReadOnlyList<Clause> Parse(string query)
    {
        var clauses = new List<Clause>();
        int at = 0;
        while (at < query.Length)
        {
            if (char.IsWhiteSpace(query[at]))
            {
                at++;
            }
            else if (query[at] == '"')
            {
                int end = query.IndexOf('"', at + 1);
                if (end < 0)
                    throw new QuerySyntaxException($"The quote at position {at} is not closed.", at);
                clauses.Add(new Phrase([.. Analyzer.Tokens(query[(at + 1)..end]).Select(static token => token.Term)]));
                at = end + 1;
            }
            else
            {
                char sign = query[at];
                int end = query.AsSpan(at).IndexOfAny(' ', '\t') is >= 0 and var length ? at + length : query.Length;
                clauses.AddRange(Analyzer.Tokens(query[at..end]).Select(token => new Term(token.Term, sign == '+', sign == '-')));
                at = end;
            }
        }

        return clauses;
    }
}

[Remote(Memory = "16+")]
public sealed class ManualIndex([FromServices] TimeProvider time)
{
    private const double K1 = 1.2;
    private const double B = 0.75;
    private const int SnippetLength = 160;

    private readonly ReaderWriterLockSlim _gate = new();
    private readonly Dictionary<string, Postings> _terms = new(StringComparer.Ordinal);
    private readonly List<Document?> _documents = [];
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly List<int> _lengths = [];
    private long _totalLength;

    public int Count => _byId.Count;

    public void Add(IReadOnlyList<Document> documents)
    {
        _gate.EnterWriteLock();
        try
        {
            foreach (Document document in documents)
            {
                RemoveCore(document.Id);
                int number = _documents.Count, position = 0;
                foreach ((string term, _, _) in Analyzer.Tokens(document.Title + "\n" + document.Body))
                {
                    if (!_terms.TryGetValue(term, out Postings? postings))
                        _terms.Add(term, postings = new Postings());
                    postings.Add(number, position++);
                }

                _documents.Add(document);
                _lengths.Add(position);
                _totalLength += position;
                _byId.Add(document.Id, number);
            }
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public bool Remove(string id)
    {
        _gate.EnterWriteLock();
        try
        {
            return RemoveCore(id);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public SearchResponse Search(Query query)
    {
        long started = time.GetTimestamp();
        IReadOnlyList<Clause> clauses = Clause.Parse(query.Text);
        _gate.EnterReadLock();
        try
        {
            Dictionary<int, double> scores = Score(clauses);
            List<(int Document, double Score)> matches =
            [
                .. scores.Select(static pair => (pair.Key, pair.Value)).Where(pair => _documents[pair.Key] is { } found
                    && (query.Tag is null || found.Tags.Contains(query.Tag, StringComparer.OrdinalIgnoreCase))
                    && (query.PublishedAfter is not { } after || found.Published >= after)),
            ];
            matches.Sort(static (a, b) => b.Score.CompareTo(a.Score));
            IReadOnlyList<string> words = [.. clauses.OfType<Clause.Term>().Select(static term => term.Text)];
            return new SearchResponse(
                [.. matches.Take(query.Take).Select(match => ToHit(_documents[match.Document]!, match.Score, words))],
                matches.Count,
                time.GetElapsedTime(started),
                matches.Count == 0 ? Suggest(words) : null);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    private Dictionary<int, double> Score(IReadOnlyList<Clause> clauses)
    {
        var scores = new Dictionary<int, double>();
        double averageLength = (double)_totalLength / Math.Max(_byId.Count, 1);
        foreach (string term in clauses.SelectMany(static clause => clause switch
        {
            Clause.Term { IsExcluded: false } one => [one.Text],
            Clause.Phrase phrase => phrase.Terms,
            _ => (IEnumerable<string>)[],
        }))
        {
            if (!_terms.TryGetValue(term, out Postings? postings))
                continue;
            double idf = Math.Log(1 + ((_byId.Count - postings.Documents + 0.5) / (postings.Documents + 0.5)));
            foreach ((int document, int frequency) in postings.All)
            {
                double weight = frequency * (K1 + 1) / (frequency + (K1 * (1 - B + (B * _lengths[document] / averageLength))));
                scores[document] = scores.GetValueOrDefault(document) + (idf * weight);
            }
        }

        foreach (int document in scores.Keys.ToArray())
        {
            bool fits = clauses.All(clause => clause switch
            {
                Clause.Term { IsRequired: true } term => Positions(term.Text, document).Count > 0,
                Clause.Term { IsExcluded: true } term => Positions(term.Text, document).Count == 0,
                Clause.Phrase phrase => ContainsPhrase(phrase.Terms, document),
                _ => true,
            });
            if (!fits)
                scores.Remove(document);
        }

        return scores;
    }

    private bool ContainsPhrase(IReadOnlyList<string> terms, int document)
        => terms.Count == 0 || Positions(terms[0], document).Any(start => terms.Index().All(pair => Positions(pair.Item, document).Contains(start + pair.Index)));

    private IReadOnlyList<int> Positions(string term, int document) => _terms.TryGetValue(term, out Postings? postings) ? postings.In(document) : [];

    private bool RemoveCore(string id)
    {
        if (!_byId.Remove(id, out int number))
            return false;
        foreach (Postings postings in _terms.Values)
            postings.Remove(number);
        _totalLength -= _lengths[number];
        _documents[number] = null;
        return true;
    }

    private string? Suggest(IReadOnlyList<string> words)
    {
        string[] suggested = [.. words.Select(word => _terms.ContainsKey(word) ? word : _terms.Keys.Where(term => Distance(term, word) <= 2).MinBy(term => Distance(term, word)) ?? word)];
        return suggested.SequenceEqual(words) ? null : string.Join(' ', suggested);
    }

    private static Hit ToHit(Document document, double score, IReadOnlyList<string> words)
    {
        (string Term, int Start, int Length) first = Analyzer.Tokens(document.Body).FirstOrDefault(token => words.Contains(token.Term));
        int from = Math.Max(0, first.Start - (SnippetLength / 3));
        int to = Math.Min(document.Body.Length, from + SnippetLength);
        var snippet = new StringBuilder(from > 0 ? "..." : "");
        int copied = from;
        foreach ((string term, int start, int length) in Analyzer.Tokens(document.Body))
        {
            if (start < from || start + length > to || !words.Contains(term))
                continue;
            snippet.Append(document.Body, copied, start - copied).Append("<b>").Append(document.Body, start, length).Append("</b>");
            copied = start + length;
        }

        snippet.Append(document.Body, copied, to - copied);
        return new Hit(document.Id, document.Title, Math.Round(score, 4), snippet.ToString());
    }

    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2)
            return int.MaxValue;
        Span<int> row = stackalloc int[b.Length + 1];
        for (int j = 0; j < row.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }
}

public static class HelpDesk
{
    public static async Task<SearchResponse> AskAsync(string question, CancellationToken cancellationToken)
    {
        await using ManualIndexRemote index = await ManualIndex.Remote.AttachAsync("manuals");
        return await index.SearchAsync(new Query(question, Take: 5, PublishedAfter: DateTimeOffset.UtcNow.AddYears(-2)), cancellationToken);
    }
}
