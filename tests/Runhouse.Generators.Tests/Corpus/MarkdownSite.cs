// A documentation site's build: Markdown to HTML, a table of contents, links checked, pages rendered in parallel where there are cores.
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Corpus.MarkdownSite;

public sealed record Page(string Route, string Markdown);

public sealed record Heading(int Level, string Text, string Anchor);

public sealed record RenderedPage(string Route, string Html, IReadOnlyList<Heading> Contents, IReadOnlyList<string> Links);

public sealed record BrokenLink(string From, string To, string Reason);

public sealed record Site(IReadOnlyList<RenderedPage> Pages, IReadOnlyList<BrokenLink> Broken);

internal sealed partial class MarkdownRenderer
{
    private readonly StringBuilder _html = new();
    private readonly List<Heading> _headings = [];
    private readonly List<string> _links = [];
    private readonly Stack<string> _lists = [];

    [GeneratedRegex(@"^(#{1,6})\s+(.+?)\s*#*$")]
    private static partial Regex HeadingLine();

    [GeneratedRegex(@"^(\s*)([-*+]|\d+\.)\s+(.*)$")]
    private static partial Regex ListLine();

    [GeneratedRegex(@"!\[(?<alt>[^\]]*)\]\((?<src>[^)]+)\)|\[(?<text>[^\]]+)\]\((?<href>[^)]+)\)|`(?<code>[^`]+)`|\*\*(?<strong>.+?)\*\*|\*(?<em>.+?)\*")]
    private static partial Regex Inline();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInAnchor();

    public RenderedPage Render(Page page)
    {
        string[] lines = page.Markdown.ReplaceLineEndings("\n").Split('\n');
        var paragraph = new List<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                Flush(paragraph);
                string language = line[3..].Trim();
                int end = Array.FindIndex(lines, i + 1, static other => other.StartsWith("```", StringComparison.Ordinal));
                end = end < 0 ? lines.Length : end;
                _html.Append($"<pre><code class=\"language-{WebUtility.HtmlEncode(language)}\">");
                foreach (string code in lines.AsSpan(i + 1, end - i - 1))
                    _html.Append(WebUtility.HtmlEncode(code)).Append('\n');
                _html.Append("</code></pre>\n");
                i = end;
            }
            else if (HeadingLine().Match(line) is { Success: true } heading)
            {
                Flush(paragraph);
                AppendHeading(heading.Groups[1].Length, heading.Groups[2].Value);
            }
            else if (ListLine().Match(line) is { Success: true } item)
            {
                FlushParagraph(paragraph);
                AppendItem(item.Groups[1].Length / 2, char.IsDigit(item.Groups[2].Value[0]) ? "ol" : "ul", item.Groups[3].Value);
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                Flush(paragraph);
                _html.Append("<blockquote>").Append(Inlines(line[2..])).Append("</blockquote>\n");
            }
            else if (line.Trim() is "---" or "***")
            {
                Flush(paragraph);
                _html.Append("<hr/>\n");
            }
            else if (string.IsNullOrWhiteSpace(line))
            {
                Flush(paragraph);
            }
            else
            {
                paragraph.Add(line.Trim());
            }
        }

        Flush(paragraph);
        return new RenderedPage(page.Route, _html.ToString(), _headings, _links);
    }

    private void AppendHeading(int level, string text)
    {
        string anchor = NotInAnchor().Replace(text.ToLowerInvariant(), "-").Trim('-');
        int same = _headings.Count(heading => heading.Anchor == anchor || heading.Anchor.StartsWith(anchor + "-", StringComparison.Ordinal));
        var heading = new Heading(level, text, same == 0 ? anchor : $"{anchor}-{same}");
        _headings.Add(heading);
        _html.Append($"<h{level} id=\"{heading.Anchor}\">{Inlines(text)}</h{level}>\n");
    }

    private void AppendItem(int depth, string kind, string text)
    {
        while (_lists.Count > depth + 1)
            _html.Append($"</li></{_lists.Pop()}>\n");
        if (_lists.Count == depth + 1)
            _html.Append("</li>");
        while (_lists.Count < depth + 1)
        {
            _html.Append($"<{kind}>\n");
            _lists.Push(kind);
        }

        _html.Append("<li>").Append(Inlines(text));
    }

    private void Flush(List<string> paragraph)
    {
        FlushParagraph(paragraph);
        while (_lists.TryPop(out string? list))
            _html.Append($"</li></{list}>\n");
    }

    private void FlushParagraph(List<string> paragraph)
    {
        if (paragraph.Count == 0)
            return;
        _html.Append("<p>").Append(Inlines(string.Join(' ', paragraph))).Append("</p>\n");
        paragraph.Clear();
    }

    private string Inlines(string text)
    {
        var html = new StringBuilder();
        int copied = 0;
        foreach (Match match in Inline().Matches(text))
        {
            html.Append(WebUtility.HtmlEncode(text[copied..match.Index]));
            copied = match.Index + match.Length;
            html.Append(match.Groups switch
            {
                var g when g["code"].Success => $"<code>{WebUtility.HtmlEncode(g["code"].Value)}</code>",
                var g when g["strong"].Success => $"<strong>{Inlines(g["strong"].Value)}</strong>",
                var g when g["em"].Success => $"<em>{Inlines(g["em"].Value)}</em>",
                var g when g["src"].Success => $"<img src=\"{WebUtility.HtmlEncode(g["src"].Value)}\" alt=\"{WebUtility.HtmlEncode(g["alt"].Value)}\"/>",
                var g => Link(g["href"].Value, g["text"].Value),
            });
        }

        return html.Append(WebUtility.HtmlEncode(text[copied..])).ToString();
    }

    private string Link(string target, string text)
    {
        _links.Add(target);
        bool isExternal = target.StartsWith("https://", StringComparison.Ordinal) || target.StartsWith("http://", StringComparison.Ordinal);
        return $"<a href=\"{WebUtility.HtmlEncode(target)}\"{(isExternal ? " rel=\"noopener\"" : "")}>{Inlines(text)}</a>";
    }
}

public static class SiteBuilder
{
    /// <summary>Routes that other programs serve, so that links to them are no error.</summary>
    private static readonly string[] ServedElsewhere = ["/api/v1/status", "/blog", "/home/pricing", "/Users/me/profile"];

    [Remote(Cpus = "8+")]
    public static async Task<Site> BuildAsync(IReadOnlyList<Page> pages, CancellationToken cancellationToken = default)
    {
        var rendered = new RenderedPage[pages.Count];
        await Parallel.ForEachAsync(pages.Index(), cancellationToken, (page, _) =>
        {
            rendered[page.Index] = new MarkdownRenderer().Render(page.Item);
            return default;
        });
        return new Site(rendered, [.. rendered.SelectMany(page => Check(page, rendered))]);
    }

    private static IEnumerable<BrokenLink> Check(RenderedPage page, RenderedPage[] all)
    {
        foreach (string link in page.Links)
        {
            if (Uri.TryCreate(link, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "mailto")
            {
                if (uri is { IsLoopback: true })
                    yield return new BrokenLink(page.Route, link, "a reader's machine does not serve it");
                continue;
            }

            (string route, string anchor) = link.Split('#', 2) is [var before, var after] ? (before, after) : (link, "");
            string absolute = route.Length == 0 ? page.Route : route.StartsWith('/') ? route : Combine(page.Route, route);
            if (ServedElsewhere.Any(prefix => absolute.StartsWith(prefix, StringComparison.Ordinal)))
                continue;
            RenderedPage? target = all.FirstOrDefault(other => other.Route == absolute);
            if (target is null)
                yield return new BrokenLink(page.Route, link, $"there is no page '{absolute}'");
            else if (anchor.Length > 0 && target.Contents.All(heading => heading.Anchor != anchor))
                yield return new BrokenLink(page.Route, link, $"'{absolute}' has no heading '#{anchor}'");
        }
    }

    private static string Combine(string from, string relative)
    {
        List<string> parts = [.. from.Split('/')[..^1]];
        foreach (string part in relative.Split('/'))
        {
            if (part == "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part != ".")
                parts.Add(part);
        }

        return string.Join('/', parts);
    }

    public static async Task<int> WriteAsync(string source, string output, CancellationToken cancellationToken)
    {
        List<Page> pages = [];
        foreach (string file in Directory.EnumerateFiles(source, "*.md", SearchOption.AllDirectories))
        {
            string route = "/" + Path.ChangeExtension(Path.GetRelativePath(source, file), null).Replace(Path.DirectorySeparatorChar, '/');
            pages.Add(new Page(route, await File.ReadAllTextAsync(file, cancellationToken)));
        }

        Site site = await BuildAsync(pages, cancellationToken);
        foreach (RenderedPage page in site.Pages)
        {
            string path = Path.Combine(output, page.Route.TrimStart('/') + ".html");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, $"<!doctype html>\n<meta charset=\"utf-8\">\n{page.Html}", cancellationToken);
        }

        foreach (BrokenLink broken in site.Broken)
            Console.Error.WriteLine($"{broken.From}: {broken.To}: {broken.Reason}");
        return site.Broken.Count;
    }
}
