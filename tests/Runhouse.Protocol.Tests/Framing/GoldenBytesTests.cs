using System.Text.RegularExpressions;

namespace Runhouse.Protocol.Tests.Framing;

public partial class GoldenBytesTests
{
    public static TheoryData<string, string> Frames()
    {
        var data = new TheoryData<string, string>();
        foreach ((string name, string bytes) in GoldenFrames.All())
            data.Add(name, bytes);
        return data;
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void The_document_shows_the_bytes_that_the_code_writes(string name, string bytes)
        => Assert.True(Documented().GetValueOrDefault(name) == bytes, $"docs/protocol.md lacks this row:\n| {name} | `{bytes}` |");

    [Fact]
    public void The_document_shows_no_other_frames()
        => Assert.Empty(Documented().Keys.Except(GoldenFrames.All().Select(frame => frame.Name)));

    private static Dictionary<string, string> Documented()
        => Row().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "protocol.md")))
            .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);

    [GeneratedRegex(@"^\| ([^|`]+) \| `([0-9a-f ]+)` \|\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Row();
}
