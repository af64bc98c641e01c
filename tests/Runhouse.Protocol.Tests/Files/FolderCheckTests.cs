using Runhouse.Protocol.Control;
using Runhouse.Protocol.Files;

namespace Runhouse.Protocol.Tests.Files;

/// <summary>Behaviour 50, of folders: what either end refuses to write.</summary>
public sealed class FolderCheckTests
{
    private static readonly FolderEntry Other = new("there") { Hash = ContentHash.OfNothing };

    [Theory]
    [InlineData("")]
    [InlineData("/etc/x")]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("a/./x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData("a\\x")]
    [InlineData("a\nx")]
    [InlineData("a\0x")]
    [InlineData("there")]
    [InlineData("there/below")]
    [InlineData(".runhouse-sync/x")]
    public void A_path_that_leaves_the_folder_or_clashes_is_refused_by_name(string path)
    {
        var error = Assert.Throws<FileTransferException>(() => FolderCheck.Check([Other, new FolderEntry(path) { Hash = ContentHash.OfNothing }], limit: 10));
        Assert.Contains("'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("link", "file", true)]
    [InlineData("link", "sub/file", true)]
    [InlineData("a/link", "../file", true)]
    [InlineData("a/b/link", "../../file", true)]
    [InlineData("a/link", "..", true)]
    [InlineData("link", "..", false)]
    [InlineData("link", "../file", false)]
    [InlineData("a/link", "../../file", false)]
    [InlineData("link", "/etc/passwd", false)]
    [InlineData("link", "", false)]

    // The name may be a link to the folder itself, and the climb then begins there.
    [InlineData("link", "other/../file", false)]
    public void A_link_may_lead_to_the_inside_only(string path, string target, bool isTaken)
    {
        FolderEntry[] entries = [new(path) { LinkTarget = target }];
        if (isTaken)
            FolderCheck.Check(entries, limit: 10);
        else
            Assert.Throws<FileTransferException>(() => FolderCheck.Check(entries, limit: 10));
    }

    [Fact]
    public void A_link_is_no_folder_of_others()
        => Assert.Throws<FileTransferException>(() => FolderCheck.Check([new("link") { LinkTarget = "there" }, new("link/x") { Hash = ContentHash.OfNothing }], limit: 10));

    [Fact]
    public void More_than_the_limit_is_refused()
        => Assert.Throws<FileTransferException>(() => FolderCheck.Check([new("a"), new("b"), new("c")], limit: 2));

    [Fact]
    public void Rules_of_another_folder_are_refused()
    {
        FolderCheck.Check(new FolderRules { Prefix = "a/b", Above = [new("", "x"), new("a", "x")] });
        Assert.Throws<FileTransferException>(() => FolderCheck.Check(new FolderRules { Prefix = "a/b", Above = [new("aa", "x")] }));
        Assert.Throws<FileTransferException>(() => FolderCheck.Check(new FolderRules { Prefix = "a", Above = [null!] }));
    }
}
