using System.Text;
using Runhouse.Runtime.Secrets;

namespace Runhouse.Runtime.Tests.Secrets;

public sealed class SecretStoreTests : IDisposable
{
    private const string Value = "very-secret-value";

    private readonly TemporaryFolder _folder = new();
    private readonly SecretStore _store;

    public SecretStoreTests() => _store = new SecretStore(Folder);

    private string Folder => Path.Combine(_folder.Path, "secrets");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_secret_comes_back_whole()
    {
        string file = _folder.Write("key.pem", "file content");
        _store.Save(Of("token", Value), replace: false);
        _store.Save(Secret.FromFile("key", file, "~/.keys/key.pem"), replace: false);
        Assert.Equal(Value, _store.Get("token").Values["TOKEN"]);
        SecretFile content = Assert.Single(_store.Get("key").Contents);
        Assert.Equal(("~/.keys/key.pem", "file content"), (content.Target, Encoding.UTF8.GetString(content.Content)));
        Assert.Equal(["key", "token"], _store.List());
    }

    [Fact]
    public void Saved_twice_the_first_stays_unless_it_is_to_be_replaced()
    {
        _store.Save(Of("token", "first"), replace: false);
        Assert.Equal("first", _store.Save(Of("token", "second"), replace: false).Values["TOKEN"]);
        Assert.Equal("first", _store.Get("token").Values["TOKEN"]);
        Assert.Equal("third", _store.Save(Of("token", "third"), replace: true).Values["TOKEN"]);
        Assert.Equal("third", _store.Get("token").Values["TOKEN"]);
        Assert.Equal(["token.secret"], Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Of_many_that_save_at_once_one_is_kept_and_all_see_it()
    {
        Secret[] results = new Secret[32];
        Parallel.For(0, results.Length, i => results[i] = _store.Save(Of("token", $"value-{i}"), replace: false));
        string kept = _store.Get("token").Values["TOKEN"];
        Assert.All(results, secret => Assert.Equal(kept, secret.Values["TOKEN"]));
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public void One_that_is_unknown_is_an_error_that_lists_those_known()
    {
        Assert.Contains("None is saved", Assert.Throws<KeyNotFoundException>(() => _store.Get("nothing")).Message, StringComparison.Ordinal);
        _store.Save(Of("one", Value), replace: false);
        _store.Save(Of("two", Value), replace: false);
        string message = Assert.Throws<KeyNotFoundException>(() => _store.Get("nothing")).Message;
        Assert.Contains("'nothing'", message, StringComparison.Ordinal);
        Assert.Contains("one, two", message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_deleted_is_gone()
    {
        _store.Save(Of("token", Value), replace: false);
        Assert.True(_store.Delete("token"));
        Assert.False(_store.Delete("token"));
        Assert.Empty(_store.List());
    }

    [Fact]
    public void Folder_and_files_are_the_users_alone()
    {
        if (OperatingSystem.IsWindows())
            return;
        _store.Save(Of("token", Value), replace: false);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "token.secret")));
    }

    [Fact]
    public void A_damaged_file_is_said_to_be_without_what_is_in_it()
    {
        _store.Save(Of("token", Value), replace: false);
        File.WriteAllText(Path.Combine(Folder, "token.secret"), $$"""{"values":{"TOKEN":"{{Value}}" oh""");
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _store.Get("token"));
        Assert.Contains("'token'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, error.ToString(), StringComparison.Ordinal);
    }

    private static Secret Of(string name, string value) => Secret.FromValues(name, new Dictionary<string, string> { ["TOKEN"] = value });
}
