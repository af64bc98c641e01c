using Microsoft.CodeAnalysis;
using Runhouse.Generators.Tests.Infrastructure;

namespace Runhouse.Generators.Tests.Analyzers;

/// <summary>
/// All rules over code that is right. A finding here is a false alarm: change the rule. Only if the code is wrong after all, change the code.
/// </summary>
public class OrdinaryCodeTests
{
    private static readonly string Repository = FindRepository();

    [Fact]
    public async Task The_corpus_of_ordinary_code_gets_no_warning()
    {
        var corpus = OrdinaryProject.Of(Path.Combine(AppContext.BaseDirectory, "Corpus"));

        Nothing("does not compile", corpus.Errors);
        Nothing("is reported", await corpus.FindingsAsync());
        Assert.True(corpus.CodeLines >= 5000, $"The corpus has {corpus.CodeLines} lines of code: it shall have at least 5000.");
    }

    // FineTuner is not among them: it needs TorchSharp, which these tests do not restore. Its own build runs the rules.
    [Theory]
    [InlineData("samples/LargerMemory", OutputKind.ConsoleApplication)]
    [InlineData("samples/QuickStart", OutputKind.ConsoleApplication)]
    [InlineData("samples/Script", OutputKind.ConsoleApplication)]
    [InlineData("tests/Runhouse.Integration.Tests/App", OutputKind.DynamicallyLinkedLibrary)]
    public async Task The_repository_s_own_remote_code_gets_no_warning(string folder, OutputKind kind)
    {
        var project = OrdinaryProject.Of(Path.Combine(Repository, folder), kind);

        Nothing("does not compile", project.Errors);
        Nothing("is reported", await project.FindingsAsync());
    }

    [Fact]
    public void Every_sample_is_checked_here_or_named_as_an_exception()
        => Assert.Equal(
            ["FineTuner", "LargerMemory", "QuickStart", "Script"],
            Directory.EnumerateDirectories(Path.Combine(Repository, "samples")).Select(static folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal));

    [Fact]
    public async Task What_is_wrong_in_such_a_project_is_found_by_analyzers_and_by_the_generator()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ordinary-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "Jobs.cs"),
                """
                // Four lines of code.
                public static class Jobs
                {
                    [Remote] public static Task<int> DoubleAsync(int value) => Task.FromResult(2 * value); [Remote] public static Task RunAsync(Action action) => Task.Run(action);

                    public static Func<int, Task<int>> Get() => DoubleAsync; }
                """,
                TestContext.Current.CancellationToken);
            var project = OrdinaryProject.Of(folder.FullName);

            Assert.Empty(project.Errors);
            Assert.Equal(4, project.CodeLines);
            IReadOnlyList<string> findings = await project.FindingsAsync();
            Assert.Contains(findings, static one => one.Contains("RH0200", StringComparison.Ordinal));
            Assert.Contains(findings, static one => one.Contains("error RH003", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Nothing(string what, IReadOnlyList<string> found)
        => Assert.True(found.Count == 0, $"{found.Count} times, code that is right {what}:\n{string.Join('\n', found)}");

    private static string FindRepository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Runhouse.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("Runhouse.sln is in none of the folders above the tests.");
    }
}
