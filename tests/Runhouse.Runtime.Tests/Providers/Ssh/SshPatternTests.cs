using System.Text.RegularExpressions;
using CsCheck;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public class SshPatternTests
{
    [Fact]
    public void Patterns_match_what_a_regular_expression_of_the_same_meaning_does()
        => Gen.Select(Gen.Char["ab*?."].Array[0, 8], Gen.Char["ab."].Array[0, 10]).Sample((pattern, text) =>
        {
            string expression = "^" + string.Concat(pattern.Select(static c => c switch { '*' => ".*", '?' => ".", _ => Regex.Escape($"{c}") })) + "$";
            return SshPattern.Matches(pattern, text) == Regex.IsMatch(new string(text), expression);
        });

    [Theory]
    [InlineData("*.org,!www.*", "mail.example.org", true)]
    [InlineData("*.org,!www.*", "www.example.org", false)]
    [InlineData("!www.*", "mail.example.org", false)]
    [InlineData("a, b", "b", true)]
    [InlineData("", "a", false)]
    public void A_pattern_with_an_exclamation_mark_excludes(string list, string text, bool matches)
        => Assert.Equal(matches, SshPattern.MatchesList(list, text));

    [Fact]
    public void Many_stars_take_no_longer_than_they_must()
        => Assert.False(SshPattern.Matches(string.Concat(Enumerable.Repeat("a*", 2000)) + "b", new string('a', 5000)));
}
