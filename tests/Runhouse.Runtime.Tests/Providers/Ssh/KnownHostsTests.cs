using CsCheck;
using Runhouse.Runtime.Providers.Ssh;
using Runhouse.Runtime.Providers.Ssh.HostKeys;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public sealed class KnownHostsTests : IDisposable
{
    private static readonly Gen<SshPublicKey> Keys = Gen.Select(Gen.OneOf("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"), Gen.Byte.Array[1, 300], Key);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_line_is_read_as_it_is_written()
        => Gen.Select(Gen.OneOf<string?>(null, "@revoked", "@cert-authority"), Gen.OneOf("a", "*.org,!www.*", "[::1]:22", "|1|c2FsdA==|aGFzaA=="), Keys).Sample((marker, hosts, key) =>
        {
            var line = new KnownHostLine(marker, hosts, key);
            return KnownHostLine.TryParse(line + " a comment", out KnownHostLine? read) && read == line;
        });

    [Fact]
    public void A_hashed_name_is_the_one_that_was_hashed_and_no_other()
        => Gen.Select(Gen.OneOf("a.org", "[b]:2222", "10.0.0.7"), Gen.OneOf("a.org", "[b]:2222", "10.0.0.7"), Gen.Byte.Array[1, 32])
            .Sample((name, other, salt) => new KnownHostLine(null, KnownHostLine.Hash(name, salt), Key("ssh-rsa", [1])).IsAbout(other) == (name == other));

    // ssh-keygen -H
    [Fact]
    public void What_OpenSSH_hashed_is_known()
    {
        Assert.True(KnownHostLine.TryParse("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= " + Key("ssh-rsa", [1]).ToLine(), out KnownHostLine? line));
        Assert.True(line.IsAbout("192.168.1.61"));
        Assert.False(line.IsAbout("192.168.1.62"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# comment")]
    [InlineData("host ssh-ed25519")]
    [InlineData("host ssh-ed25519 %%%")]
    [InlineData("host ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIGtQ")]
    [InlineData("@unknown host ssh-rsa AAAA")]
    public void A_line_that_is_no_known_host_is_skipped(string text) => Assert.False(KnownHostLine.TryParse(text, out _));

    [Fact]
    public async Task Keys_are_judged_over_all_files()
    {
        (SshPublicKey a, SshPublicKey b, SshPublicKey c, SshPublicKey bad) = (Key("ssh-rsa", [1]), Key("ssh-ed25519", [2]), Key("ssh-rsa", [3]), Key("ssh-rsa", [4]));
        KnownHosts known = await ReadAsync($"# first\nbox,*.org,!www.org {a.ToLine()}\n@revoked * {bad.ToLine()}\n", $"box {b.ToLine()}\n@cert-authority *.net {c.ToLine()}\n[box]:2222 {c.ToLine()}\n");

        Assert.Equal(HostKeyStanding.Known, known.Judge("box", a).Standing);
        Assert.Equal(HostKeyStanding.Known, known.Judge("BOX", b).Standing);
        Assert.Equal(HostKeyStanding.Known, known.Judge("mail.org", a).Standing);
        Assert.Equal(HostKeyStanding.Unknown, known.Judge("www.org", a).Standing);
        Assert.Equal(HostKeyStanding.Revoked, known.Judge("www.org", bad).Standing);
        Assert.Equal(HostKeyStanding.Unknown, known.Judge("a.net", c).Standing);
        Assert.NotNull(known.Authority("a.net"));
        Assert.Equal(HostKeyStanding.Known, known.Judge("[box]:2222", c).Standing);
        (HostKeyStanding standing, KnownHost? line) = known.Judge("box", c);
        Assert.Equal((HostKeyStanding.Changed, Path.Combine(_folder.Path, "0") + ":2"), (standing, line!.Place));
        Assert.Equal(["ssh-rsa", "ssh-ed25519"], known.KeyTypes("box"));
        Assert.Empty(known.KeyTypes("a.net"));
    }

    [Fact]
    public async Task Keys_that_many_add_at_once_are_all_there_once_in_a_file_of_the_account_s_own()
    {
        string path = Path.Combine(_folder.Path, "new", "known_hosts");

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => KnownHostsFile.AddAsync(path, $"host{i % 20}", Key("ssh-rsa", [(byte)(i % 20)]), TimeProvider.System, Token), Token)));

        string[] lines = await File.ReadAllLinesAsync(path, Token);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"host{i} {Key("ssh-rsa", [(byte)i]).ToLine()}").Order(), lines.Order());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task A_file_without_an_end_of_line_gets_one()
    {
        string path = _folder.Write("known_hosts", "# no end");

        await KnownHostsFile.AddAsync(path, "Box", Key("ssh-rsa", [1]), TimeProvider.System, Token);

        Assert.Equal(["# no end", "box " + Key("ssh-rsa", [1]).ToLine()], await File.ReadAllLinesAsync(path, Token));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_an_error_with_the_line_that_is_missing()
    {
        string path = _folder.Write("folder/known_hosts/file");

        var error = await Assert.ThrowsAsync<CredentialsException>(() => KnownHostsFile.AddAsync(Path.GetDirectoryName(path)!, "box", Key("ssh-rsa", [1]), TimeProvider.System, Token));

        Assert.Contains("box " + Key("ssh-rsa", [1]).ToLine(), error.Message, StringComparison.Ordinal);
    }

    private static SshPublicKey Key(string type, byte[] data) => SshPublicKey.FromBlob(new SshWireWriter().Text(type).Bytes(data).ToArray());

    private Task<KnownHosts> ReadAsync(params string[] files)
        => KnownHosts.ReadAsync([.. files.Select((text, i) => _folder.Write($"{i}", text)), Path.Combine(_folder.Path, "missing")], TimeProvider.System, Token);
}
