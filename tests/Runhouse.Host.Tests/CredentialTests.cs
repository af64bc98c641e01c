using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>The host's token and its certificate: how long they stay, and what takes their place.</summary>
public sealed class CredentialTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_certificate_survives_the_host_and_a_token_does_not()
    {
        HostSettings settings = TestHost.NewSettings() with { Tls = true };
        string fingerprint, token;
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
        {
            (fingerprint, token) = (await ShownAsync(first), first.Host.Credentials.Token);
            Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(Path.Combine(settings.Home, "certificate.pfx")));
        }

        await using TestHost next = await TestHost.StartAsync(settings);
        Assert.Equal(fingerprint, await ShownAsync(next));
        Assert.Equal(fingerprint, (await FileAsync(settings)).Fingerprint);
        Assert.NotEqual(token, next.Host.Credentials.Token);
    }

    [Fact]
    public async Task A_certificate_is_the_hosts_own_and_for_servers()
    {
        await using TestHost host = await TestHost.StartAsync(TestHost.NewSettings() with { Tls = true, Name = "box" });
        using X509Certificate2 certificate = await CertificateAsync(host);

        Assert.Equal("CN=box", certificate.Subject);
        Assert.Equal("CN=box", certificate.Issuer);
        using ECDsa key = Assert.IsAssignableFrom<ECDsa>(certificate.GetECDsaPublicKey());
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value);
        Assert.Contains("1.3.6.1.5.5.7.3.1", certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(static oid => oid.Value));
        Assert.Contains("localhost", certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    [Fact]
    public async Task A_start_renews_a_certificate_that_is_old_or_damaged()
    {
        var time = new FakeTimeProvider();
        HostSettings settings = TestHost.NewSettings() with { Tls = true, CertificateLifetime = TimeSpan.FromDays(90) };
        string first = await StartAndStopAsync(settings, time);
        time.Advance(TimeSpan.FromDays(59));
        Assert.Equal(first, await StartAndStopAsync(settings, time));
        time.Advance(TimeSpan.FromDays(1));
        string second = await StartAndStopAsync(settings, time);
        Assert.NotEqual(first, second);

        // Made when the clock was wrong: it would be good in the far future.
        time.AdjustTime(time.GetUtcNow() - TimeSpan.FromDays(30));
        string third = await StartAndStopAsync(settings, time);
        Assert.NotEqual(second, third);

        await File.WriteAllTextAsync(Path.Combine(settings.Home, "certificate.pfx"), "no certificate");
        Assert.NotEqual(third, await StartAndStopAsync(settings, time));
        Directory.Delete(settings.Home, recursive: true);
    }

    [Fact]
    public async Task A_certificate_comes_of_age_while_the_host_runs_and_connections_go_on()
    {
        var time = new FakeTimeProvider();
        HostSettings settings = TestHost.NewSettings() with { Tls = true, CertificateLifetime = 9 * Minute };
        await using TestHost host = await TestHost.StartAsync(settings, time);
        string before = await ShownAsync(host);
        using HttpClient open = Client(host);
        Assert.Equal(before, (await StatusAsync(open)).Fingerprint);

        time.Advance(5 * Minute);
        Assert.Equal(before, await ShownAsync(host));
        time.Advance(Minute);
        string after = await ShownAsync(host);
        Assert.NotEqual(before, after);
        Assert.Equal(after, (await FileAsync(settings)).Fingerprint);

        // Over the connection that was there before.
        CredentialsStatus status = await StatusAsync(open);
        Assert.Equal(after, status.Fingerprint);
        Assert.Equal(time.GetUtcNow() + (6 * Minute), status.CertificateRenewsAt);
        Assert.Equal(time.GetUtcNow() + (9 * Minute), status.CertificateExpiresAt);
    }

    [Fact]
    public async Task A_token_comes_of_age_and_is_taken_for_a_while_longer()
    {
        var time = new FakeTimeProvider();
        HostSettings settings = TestHost.NewSettings() with { TokenLifetime = 10 * Minute, TokenOverlap = Minute };
        await using TestHost host = await TestHost.StartAsync(settings, time);
        string before = host.Host.Credentials.Token;
        Assert.Equal(time.GetUtcNow() + (10 * Minute), (await StatusAsync(host.Client)).TokenRenewsAt);

        time.Advance(10 * Minute);
        string after = (await FileAsync(settings)).Token;
        Assert.NotEqual(before, after);
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(host, before));
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(host, after));

        time.Advance(Minute);
        Assert.Equal(HttpStatusCode.Forbidden, await AnswerAsync(host, before));
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(host, after));
        Assert.Equal(HttpStatusCode.Forbidden, await AnswerAsync(host, after[..^1]));
        Assert.False(host.Host.Credentials.Takes([]));
    }

    [Fact]
    public async Task A_command_replaces_both_and_no_answer_has_the_token()
    {
        HostSettings settings = TestHost.NewSettings() with { Tls = true };
        await using TestHost host = await TestHost.StartAsync(settings);
        (string token, string fingerprint) = (host.Host.Credentials.Token, await ShownAsync(host));
        using HttpClient client = Client(host);

        HttpResponseMessage answer = await client.PostAsync("/v1/credentials/rotate", null);
        string text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        HostFile file = await FileAsync(settings);

        Assert.NotEqual(token, file.Token);
        Assert.NotEqual(fingerprint, file.Fingerprint);
        Assert.Equal(file.Fingerprint, await ShownAsync(host));
        Assert.DoesNotContain(file.Token, text, StringComparison.Ordinal);
        Assert.DoesNotContain(file.Token, await client.GetStringAsync("/v1/credentials"), StringComparison.Ordinal);
        Assert.DoesNotContain(file.Token, await File.ReadAllTextAsync(Path.Combine(settings.Home, "logs", "host.log")), StringComparison.Ordinal);
        Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(Path.Combine(settings.Home, "host.json")));
    }

    [Fact]
    public async Task Once_more_within_the_overlap_the_oldest_token_is_taken_no_longer()
    {
        await using TestHost host = await TestHost.StartAsync();
        string first = host.Host.Credentials.Token;
        host.Host.Credentials.Rotate();
        string second = host.Host.Credentials.Token;
        host.Host.Credentials.Rotate();
        Assert.Equal(HttpStatusCode.Forbidden, await AnswerAsync(host, first));
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(host, second));
    }

    [Fact]
    public async Task What_cannot_be_written_changes_nothing()
    {
        HostSettings settings = TestHost.NewSettings() with { Tls = true };
        await using TestHost host = await TestHost.StartAsync(settings);
        HostFile before = await FileAsync(settings);
        using HttpClient client = Client(host);
        string draft = Path.Combine(settings.Home, "host.json.tmp");
        Directory.CreateDirectory(draft);

        Assert.Equal(HttpStatusCode.InternalServerError, (await client.PostAsync("/v1/credentials/rotate", null)).StatusCode);
        Assert.Equal(before, await FileAsync(settings));
        Assert.Equal(before.Fingerprint, await ShownAsync(host));
        Assert.Equal(before.Token, host.Host.Credentials.Token);

        Directory.Delete(draft);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/credentials/rotate", null)).StatusCode);
        Assert.NotEqual(before.Fingerprint, await ShownAsync(host));
    }

    [Fact]
    public async Task A_port_that_is_open_answers_on_other_addresses_and_by_TLS_alone()
    {
        // Nothing is said of TLS: an open port has it all the same.
        HostSettings settings = TestHost.NewSettings() with { IsOpen = true };
        await using TestHost host = await TestHost.StartAsync(settings);
        HostFile file = await FileAsync(settings);
        Assert.True(file.IsOpen);
        Assert.Equal(file.Fingerprint, await ShownAsync(host, "127.0.0.2"));

        using var plain = new HttpClient { BaseAddress = new Uri($"http://127.0.0.2:{file.Port}/") };
        plain.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", file.Token);
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync("/v1/status"));

        await using TestHost closed = await TestHost.StartAsync(TestHost.NewSettings() with { Tls = true });
        await Assert.ThrowsAsync<SocketException>(() => ShownAsync(closed, "127.0.0.2"));
    }

    [Fact]
    public void Listening_beyond_the_loopback_address_without_TLS_is_refused()
    {
        Assert.False(HostSettings.TryParse(["--home", "/tmp/x", "--listen", "any", "--tls", "off"], out _, out string? problem));
        Assert.Contains("--listen any goes with TLS only", problem, StringComparison.Ordinal);
        Assert.False(HostSettings.TryParse(["--home", "/tmp/x", "--listen", "10.0.0.7"], out _, out _));
        Assert.True(HostSettings.TryParse(["--home", "/tmp/x", "--listen", "any"], out HostSettings? settings, out _));
        Assert.True(settings.SpeaksTls);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.IPv6Any, 0);
        other.Server.DualMode = true;
        other.Start();
        HostSettings settings = TestHost.NewSettings() with { IsOpen = true, Port = ((IPEndPoint)other.LocalEndpoint).Port };
        Assert.NotEqual(0, await HostProgram.RunAsync(settings));
        Assert.False(File.Exists(Path.Combine(settings.Home, "host.json")));
        Directory.Delete(settings.Home, recursive: true);
    }

    private static async Task<string> StartAndStopAsync(HostSettings settings, TimeProvider time)
    {
        await using TestHost host = await TestHost.StartAsync(settings, time, keepsHome: true);
        return await ShownAsync(host);
    }

    private static async Task<string> ShownAsync(TestHost host, string address = "127.0.0.1")
    {
        using X509Certificate2 certificate = await CertificateAsync(host, address);
        return certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
    }

    private static async Task<X509Certificate2> CertificateAsync(TestHost host, string address = "127.0.0.1")
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Parse(address), host.Host.Address.Port);
        await using var secure = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await secure.AuthenticateAsClientAsync("box");
        return X509CertificateLoader.LoadCertificate(secure.RemoteCertificate!.GetRawCertData());
    }

    private static HttpClient Client(TestHost host)
    {
        var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        var client = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{host.Host.Address.Port}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", host.Host.Credentials.Token);
        return client;
    }

    private static async Task<CredentialsStatus> StatusAsync(HttpClient client)
        => JsonSerializer.Deserialize(await client.GetStringAsync("/v1/credentials"), ControlJson.Default.CredentialsStatus)!;

    private static async Task<HttpStatusCode> AnswerAsync(TestHost host, string token)
    {
        string answer = await host.SendRawAsync($"GET /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
        return (HttpStatusCode)int.Parse(answer.Split(' ')[1]);
    }

    private static async Task<HostFile> FileAsync(HostSettings settings)
        => JsonSerializer.Deserialize(await File.ReadAllTextAsync(Path.Combine(settings.Home, "host.json")), HostFileJson.Default.HostFile)!;
}
