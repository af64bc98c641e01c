using System.Net;
using System.Net.Http.Headers;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests;

/// <summary>Behaviour 47.</summary>
public sealed class AuthenticationTests
{
    [Theory]
    [InlineData("POST", "/v1/deployments")]
    [InlineData("PUT", "/v1/files/0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("POST", "/v1/folders")]
    [InlineData("PUT", "/v1/folders/contents/0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("PUT", "/v1/values?key=k")]
    [InlineData("POST", "/v1/nothing-of-that-name")]
    public async Task Without_a_token_the_answer_is_401_before_a_byte_of_the_body_is_sent(string method, string path)
    {
        await using TestHost host = await TestHost.StartAsync();

        string answer = await host.SendRawAsync($"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"no-token\"", answer, StringComparison.Ordinal);
        Assert.Contains("host.json", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("100 Continue", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_wrong_token_the_answer_is_403_before_a_byte_of_the_body_is_sent()
    {
        await using TestHost host = await TestHost.StartAsync();

        string answer = await host.SendRawAsync(
            "POST /v1/deployments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wrong\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"wrong-token\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("100 Continue", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic abc")]
    [InlineData("Bearer")]
    public async Task Another_scheme_is_no_token(string header)
    {
        await using TestHost host = await TestHost.StartAsync();
        string answer = await host.SendRawAsync($"GET /v1/status HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task Health_needs_no_token(string path)
    {
        await using TestHost host = await TestHost.StartAsync();
        using var client = new HttpClient { BaseAddress = host.Client.BaseAddress };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path)).StatusCode);
    }

    [Fact]
    public async Task A_prefix_and_a_suffix_of_the_token_are_wrong()
    {
        await using TestHost host = await TestHost.StartAsync();
        string token = host.Host.Credentials.Token;
        foreach (string wrong in (string[])[token[..^1], token + "x", token.ToUpperInvariant()])
        {
            host.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", wrong);
            HostError error = await TestHost.RefusalAsync(await host.Client.GetAsync("/v1/status"), HttpStatusCode.Forbidden);
            Assert.Equal(HostErrorCode.WrongToken, error.Code);
        }
    }

    [Fact]
    public async Task The_token_is_in_no_log()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.ConnectAsync(await host.DeployAsync("""say '{"kind":"serving"}'"""));
        string log = await File.ReadAllTextAsync(Path.Combine(host.Home, "logs", "host.log"));
        Assert.DoesNotContain(host.Host.Credentials.Token, log, StringComparison.Ordinal);
    }
}
