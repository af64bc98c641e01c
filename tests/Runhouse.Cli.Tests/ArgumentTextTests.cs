using Runhouse.Cli.Parsing;
using Runhouse.Protocol.Generated;

namespace Runhouse.Cli.Tests;

public sealed class ArgumentTextTests
{
    private static readonly RemoteMember Member = RemoteMember.Read("0000000000000100|1|F|0|App.Jobs|RunAsync|||x:int")[0];

    [Theory]
    [InlineData("int", "5", "5")]
    [InlineData("ulong?", "18446744073709551615", "18446744073709551615")]
    [InlineData("int?", "null", "null")]
    [InlineData("string", "5", "\"5\"")]
    [InlineData("string?", "null", "\"null\"")]
    [InlineData("string", "{\"a\"}", "\"{\\u0022a\\u0022}\"")]
    [InlineData("bool", "True", "true")]
    [InlineData("double", "1e3", "1e3")]
    [InlineData("decimal", ".5", "0.5")]
    [InlineData("double", "NaN", "\"NaN\"")]
    [InlineData("System.Guid", "00000000-0000-0000-0000-000000000000", "\"00000000-0000-0000-0000-000000000000\"")]
    [InlineData("System.DateTime", "2030-01-02", "\"2030-01-02\"")]
    [InlineData("App.Mode", "Fast", "\"Fast\"")]
    [InlineData("App.Mode", "2", "2")]
    [InlineData("App.Order", "{\"a\":1}", "{\"a\":1}")]
    [InlineData("int[]", "1, 2", "[1,2]")]
    [InlineData("int[]", "", "[]")]
    [InlineData("int[]", "[3]", "[3]")]
    [InlineData("string[]", "a,b", "[\"a\",\"b\"]")]
    [InlineData("byte[]", "AQID", "\"AQID\"")]
    [InlineData("System.Collections.Generic.IReadOnlyList<App.Mode>", "Fast,Slow", "[\"Fast\",\"Slow\"]")]
    [InlineData("System.Collections.Generic.Dictionary<string, int>", "{\"a\":1}", "{\"a\":1}")]
    public void A_text_is_what_the_type_makes_of_it(string type, string text, string json)
        => Assert.Equal(json, ArgumentText.Read(Member, new RemoteParameter("x", type, RemoteParameterKind.Value, null), text).GetRawText());

    [Theory]
    [InlineData("int", "1.5", "'1.5' is no whole number, which parameter 'x' takes. The member is Jobs.RunAsync(int x).")]
    [InlineData("double", "much", "'much' is no number,")]
    [InlineData("bool", "yes", "'yes' is neither true nor false,")]
    [InlineData("System.Guid", "1", "'1' is no GUID,")]
    [InlineData("int[]", "1,x", "'1,x' is no whole number,")]
    [InlineData("App.Order", "{a", "'{a' is no JSON (")]
    public void A_text_that_is_no_value_of_the_type_says_what_is(string type, string text, string message)
        => Assert.StartsWith(
            message,
            Assert.Throws<ArgumentException>(() => ArgumentText.Read(Member, new RemoteParameter("x", type, RemoteParameterKind.Value, null), text)).Message,
            StringComparison.Ordinal);
}
