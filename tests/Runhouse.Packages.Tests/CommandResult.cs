namespace Runhouse.Packages;

/// <summary>What a program did.</summary>
internal sealed record CommandResult(string Line, int ExitCode, string Output, string Errors)
{
    /// <summary>The lines of its output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Fails the test when it failed.</summary>
    public CommandResult Succeeds()
    {
        Assert.True(ExitCode == 0, $"{Line} ended with {ExitCode}\n{Output}\n{Errors}");
        return this;
    }

    /// <summary>Fails the test when it failed, or when a compiler or linker complained.</summary>
    public CommandResult BuildsWithoutWarning()
    {
        Succeeds();
        Assert.DoesNotContain(Lines, static line => line.Contains(": warning ", StringComparison.Ordinal));
        return this;
    }
}
