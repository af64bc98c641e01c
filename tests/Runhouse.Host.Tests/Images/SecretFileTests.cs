using Microsoft.Extensions.Logging.Abstractions;
using Runhouse.Host.Hosting;
using Runhouse.Host.Images;
using Runhouse.Host.Tests.Running;

namespace Runhouse.Host.Tests.Images;

public sealed class SecretFileTests : IDisposable
{
    private readonly HostFolders _folders;
    private readonly string _path;

    public SecretFileTests()
    {
        _folders = new HostFolders(TestHost.NewSettings().Home);
        _folders.Create();
        _path = Path.Combine(_folders.Home, "out", "key");
    }

    public void Dispose() => Directory.Delete(_folders.Home, recursive: true);

    [Fact]
    public void A_file_is_its_users_alone_and_goes_with_its_image()
    {
        SecretFiles files = Files();
        files.Deliver("one", _path, [1, 2]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_path));
        Assert.Equal(HostFolders.PrivateFolder, File.GetUnixFileMode(Path.GetDirectoryName(_path)!));
        files.Keep("one", new HashSet<string> { _path });
        Assert.Equal([1, 2], File.ReadAllBytes(_path));
        files.Keep("one", new HashSet<string>());
        Assert.False(File.Exists(_path));
    }

    [Fact]
    public void A_changed_secret_replaces_its_file()
    {
        Files().Deliver("one", _path, [1]);
        Files().Deliver("one", _path, [2]);
        Assert.Equal([2], File.ReadAllBytes(_path));
    }

    [Fact]
    public void A_file_of_two_images_stays_until_both_are_gone_and_has_one_content()
    {
        SecretFiles files = Files();
        files.Deliver("one", _path, [1]);
        files.Deliver("two", _path, [1]);
        Assert.Contains("two", Assert.Throws<IOException>(() => files.Deliver("one", _path, [3])).Message, StringComparison.Ordinal);
        files.Keep("one", new HashSet<string>());
        Assert.True(File.Exists(_path));
        files.Keep("two", new HashSet<string>());
        Assert.False(File.Exists(_path));
    }

    [Fact]
    public void A_host_that_ended_without_a_word_is_tidied_up_after()
    {
        Files().Deliver("one", _path, [1]);
        Files().RemoveAll();
        Assert.False(File.Exists(_path));
        Files().Deliver("one", _path, [1]);
        Assert.True(File.Exists(_path));
    }

    [Fact]
    public void What_the_user_made_or_changed_is_the_users()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllBytes(_path, [1]);
        Files().Deliver("one", _path, [1]);
        Files().RemoveAll();
        Assert.True(File.Exists(_path));
        Assert.Throws<IOException>(() => Files().Deliver("one", _path, [2]));

        string other = _path + "-2";
        Files().Deliver("one", other, [1]);
        File.WriteAllBytes(other, [7]);
        Files().RemoveAll();
        Assert.Equal([7], File.ReadAllBytes(other));
    }

    private SecretFiles Files() => new(_folders, NullLogger<SecretFiles>.Instance);
}
