using Runhouse.Runtime.Images;
using Runhouse.Runtime.Images.Dockerfiles;

namespace Runhouse.Runtime.Tests.Images;

public sealed class CopySourcesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CopySourcesTests()
    {
        foreach (string path in (string[])["app.json", "a.txt", "b.txt", "data/one.bin", "data/deep/two.bin", "bin/tool", ".git/config"])
            _folder.Write(path, path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("app.json", "settings.json", ".", "settings.json")]
    [InlineData("app.json", "/etc/settings.json", "/etc", "settings.json")]
    [InlineData("app.json", "/settings.json", "/", "settings.json")]
    [InlineData("app.json", "~/x", "~", "x")]
    [InlineData("app.json", "conf/", "conf", "app.json")]
    [InlineData("app.json", ".", ".", "app.json")]
    [InlineData("app.json", "/", "/", "app.json")]
    [InlineData("data", "store", "store", "deep/two.bin one.bin")]
    [InlineData("data/", "store", "store", "deep/two.bin one.bin")]
    public void Where_files_go(string source, string target, string folder, string files) => Find(Sources(source), target, folder, files);

    [Theory]
    [InlineData("*.txt", "in", "in", "a.txt b.txt")]
    [InlineData("?.txt app.json", "in/", "in", "a.txt app.json b.txt")]
    [InlineData("d*/one.bin", "x", ".", "x")]
    [InlineData("/data/[a-o]ne.bin", "x", ".", "x")]
    [InlineData(".", "all", "all", "a.txt app.json b.txt bin/tool data/one.bin")]
    public void Those_of_a_Dockerfile_have_patterns_and_an_ignore_file(string sources, string target, string folder, string files)
        => Find(Sources(sources.Split(' ')) with { IsConfined = true, Ignored = new IgnoreFile([".git", "**/deep", "# comment", "*.md"]) }, target, folder, files);

    [Theory]
    [InlineData("../x", "outside")]
    [InlineData("nothing", "does not exist")]
    [InlineData("*.none", "does not exist")]
    public void What_is_missing_or_outside_is_said_with_the_place(string source, string part)
    {
        string message = Assert.Throws<DeploymentException>(() => (Sources(source) with { IsConfined = true }).Find("x")).Message;
        Assert.StartsWith("place: ", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("~")]
    public void A_whole_machine_or_home_is_not_copied(string source)
        => Assert.Throws<DeploymentException>(() => Sources(source == "~" ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) : source).Find("x"));

    [Theory]
    [InlineData("node_modules", "node_modules/a/b.js", true)]
    [InlineData("node_modules", "src/node_modules/a.js", false)]
    [InlineData("**/node_modules", "src/node_modules/a.js", true)]
    [InlineData("*.log", "a.log", true)]
    [InlineData("*.log", "x/a.log", false)]
    [InlineData("*.log !keep.log", "keep.log", false)]
    [InlineData("* !src", "src/a.cs", false)]
    [InlineData("* !src", "bin/a.dll", true)]
    [InlineData("/build/", "build/x", true)]
    [InlineData("!a a", "a", true)]
    [InlineData("file?.txt", "file1.txt", true)]
    [InlineData("a.b", "axb", false)]
    public void Patterns_of_an_ignore_file(string patterns, string path, bool ignored)
        => Assert.Equal(ignored, new IgnoreFile(patterns.Split(' ')).Ignores(path));

    private CopySources Sources(params string[] paths) => new(_folder.Path, paths, "place");

    private static void Find(CopySources sources, string target, string folder, string files)
    {
        (string actual, IReadOnlyList<(string Path, FileInfo File)> found) = sources.Find(target);
        Assert.Equal((folder, files), (actual, string.Join(' ', found.Select(static file => file.Path))));
    }
}
