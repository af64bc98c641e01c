using System.Diagnostics;
using Runhouse.Cli.Parsing;

namespace Runhouse.Cli;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("echo out; echo more", "out\nmore\n")]
    [InlineData("printf|%s.|a b|$HOME|it's|", "a b.$HOME.it's..")]
    [InlineData("sh|-c|echo out; exit 0", "out\n")]
    public async Task What_the_shell_gets_is_what_was_written(string words, string expected)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", ShellWords.Join(words.Split('|'))]) { RedirectStandardOutput = true })!;
        Assert.Equal(expected, await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }
}
