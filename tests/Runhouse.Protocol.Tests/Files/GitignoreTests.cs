using System.Diagnostics;
using System.Text;
using CsCheck;
using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Protocol.Tests.Files;

/// <summary>What is ignored, held against Git itself.</summary>
public sealed class GitignoreTests : IDisposable
{
    private static readonly string[] Names = ["a", "b", "ab", "abc", "foo", "bar", "x.log", "y.txt", "é", "a b", "b ", "[x]", "a-b", "!a", "#b", "a*", "]", "1", "B", "_"];

    private static readonly string[] Parts =
    [
        "a", "b", "ab", "foo", "bar", "x", "log", ".log", "*.log", "*", "**", "?", "/", "/", "**/", "/**", "/**/", "[a-c]", "[!a]", "[^b]", "[[:alpha:]]", "[[:upper:][:digit:]]",
        "[[:punct:]]", "[]]", "[!]-]", "[a-", "[[:nope:]]", "[[:a]", "[b-a]", "[\\]]", "[\\a-c]", "\\", "\\*", "\\ ", "!", "#", " ", "  ", "]", "[", "-", "é", "y.txt", "\t", "***", "\\/", "1",
    ];

    private static readonly Gen<string> Pattern = Gen.OneOf(
        Gen.OneOf(Parts).Array[1, 5].Select(static parts => string.Concat(parts)),
        Gen.Select(Gen.OneOf("", "!", "/", "!/", "**/"), Gen.OneOf(Names), Gen.OneOf("", "/", "/*", "/**", "*")).Select(static (before, name, behind) => before + name + behind));

    private static readonly Gen<string> IgnoreFile = Gen.Select(Gen.OneOf("\n", "\r\n"), Pattern.Array[0, 4]).Select(static (end, lines) => string.Join(end, lines));

    private static readonly Gen<string> FilePath = Gen.OneOf(Names).Array[1, 4].Select(static names => string.Join('/', names));

    private readonly string _folder = Directory.CreateTempSubdirectory("rh-ignore-").FullName;

    [Fact]
    public void What_is_left_of_a_tree_is_what_Git_does_not_ignore()
    {
        int repository = 0;
        Gen.Select(FilePath.Array[1, 25], Gen.Select(FilePath, IgnoreFile).Array[0, 3], IgnoreFile, IgnoreFile, Gen.Bool).Sample(
            (files, ignoreFiles, ofRoot, ofRepository, fromInside) =>
            {
                string root = Path.Combine(_folder, $"{Interlocked.Increment(ref repository)}");
                Directory.CreateDirectory(Path.Combine(root, ".git", "objects"));
                Directory.CreateDirectory(Path.Combine(root, ".git", "refs"));
                Write(Path.Combine(root, ".git", "HEAD"), "ref: refs/heads/main\n");
                foreach (string file in files)
                    Write(Path.Combine(root, file), "");
                Write(Path.Combine(root, ".gitignore"), ofRoot);
                foreach ((string file, string text) in ignoreFiles)
                    Write(Path.Combine(Path.GetDirectoryName(Path.Combine(root, file))!, ".gitignore"), text);
                Write(Path.Combine(root, ".git", "info", "exclude"), ofRepository);

                string[] paths = [.. Paths(root).Order(StringComparer.Ordinal)];
                HashSet<string> ignored = [.. Git(root, string.Join('\0', paths), "check-ignore", "--no-index", "-z", "--stdin").Split('\0', StringSplitOptions.RemoveEmptyEntries)];
                string? inside = fromInside ? paths.FirstOrDefault(path => Directory.Exists(Path.Combine(root, path)) && !ignored.Contains(path)) : null;
                string start = inside is null ? root : Path.Combine(root, inside);

                FolderRules rules = GitRepository.RulesOf(start, useGitignore: true, []);
                IEnumerable<string> left = FolderWalk.Read(start, rules, ruleFileOf: null, limit: 1000, CancellationToken.None).Select(item => inside is null ? item.Path : $"{inside}/{item.Path}");

                Assert.Equal(
                    paths.Where(path => !ignored.Contains(path) && (inside is null || path.StartsWith(inside + "/", StringComparison.Ordinal))),
                    left.Order(StringComparer.Ordinal));
            },
            iter: 250,
            threads: 2,
            print: static one => $"files {string.Join(" | ", one.Item1)}\nignore files {string.Join(" | ", one.Item2.Select(static two => $"{two.Item1}: {Shown(two.Item2)}"))}\nroot {Shown(one.Item3)}\nexclude {Shown(one.Item4)}\ninside {one.Item5}");
    }

    [Theory]
    [InlineData("bin/", "bin", true, true)]
    [InlineData("bin/", "bin", false, false)]
    [InlineData("*.log", "deep/down/x.log", false, true)]
    [InlineData("/x.log", "deep/x.log", false, false)]
    [InlineData("doc/*.txt", "doc/a/b.txt", false, false)]
    [InlineData("doc/**/*.txt", "doc/b.txt", false, true)]
    [InlineData("a\\ ", "a ", false, true)]
    [InlineData("a ", "a", false, true)]
    [InlineData("# a", "# a", false, false)]
    [InlineData("\\#a", "#a", false, true)]
    [InlineData("?", "é", false, false)]
    public void A_pattern_means_what_its_manual_says(string pattern, string path, bool isFolder, bool isIgnored)
        => Assert.Equal(isIgnored, IgnoreScope.Around(new FolderRules { Exclude = [pattern] }).IsIgnored(path, isFolder));

    [Fact]
    public void What_the_caller_excludes_comes_before_what_the_files_say()
    {
        var scope = IgnoreScope.Around(new FolderRules { Exclude = ["!keep.log", "secret"] }).Enter("", "*.log\n!secret\n"u8);
        Assert.False(scope.IsIgnored("keep.log", isFolder: false));
        Assert.True(scope.IsIgnored("other.log", isFolder: false));
        Assert.True(scope.IsIgnored("secret", isFolder: false));
    }

    [Theory]
    [InlineData(".git")]
    [InlineData("module/.git")]
    [InlineData(".runhouse-sync")]
    public void The_repository_and_what_is_on_its_way_never_travel(string path)
        => Assert.True(IgnoreScope.Around(new FolderRules { Exclude = ["!.git", "!.runhouse-sync"] }).IsIgnored(path, isFolder: true));

    [Fact]
    public void A_pattern_of_many_stars_takes_no_longer_than_others()
    {
        string pattern = string.Concat(Enumerable.Repeat("**/*a*", 40)) + "b";
        Assert.False(IgnoreScope.Around(new FolderRules { Exclude = [pattern] }).IsIgnored(string.Join('/', Enumerable.Repeat("aaaaaaaaaaaaaaaa", 50)), isFolder: false));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Shown(string text) => text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    // A path may be taken by a file where this one needs a folder: then there is one file less.
    private static void Write(string path, string text)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!Directory.Exists(path))
                File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }
        catch (IOException)
        {
        }
    }

    private static IEnumerable<string> Paths(string root) => Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        .Select(path => Path.GetRelativePath(root, path))
        .Where(static path => path != ".git" && !path.StartsWith(".git/", StringComparison.Ordinal));

    private static string Git(string folder, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        start.Environment["GIT_CONFIG_GLOBAL"] = start.Environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        start.Environment["XDG_CONFIG_HOME"] = folder;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(input));
        process.StandardInput.Close();
        process.WaitForExit();

        // One says that nothing is ignored.
        Assert.InRange(process.ExitCode, 0, 1);
        return output.Result;
    }
}
