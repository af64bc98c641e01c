using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using CsCheck;
using Runhouse.Host.Hosting;
using Runhouse.Host.Tests.Running;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Values;

/// <summary>Behaviour 36, the host's side.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("model")]
    [InlineData("runs/7/../metrics.json")]
    [InlineData("/../..")]
    [InlineData("a b+c%2F&=?#é🙂")]
    public async Task A_value_is_what_was_put_under_its_key(string key)
    {
        await using TestHost host = await TestHost.StartAsync();
        ValueStatus put = await PutAsync(host, key, "content", "text/csv");

        using HttpResponseMessage answer = await host.Client.GetAsync(At(key));

        Assert.Equal("content", await answer.Content.ReadAsStringAsync());
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal((key, 7, "text/csv"), (put.Key, put.Size, put.ContentType));
        Assert.Equal(put, Assert.Single(await ListAsync(host)));
        Assert.All(Directory.GetFiles(Path.Combine(host.Home, "values"), "*", SearchOption.AllDirectories), static file => Assert.Equal(HostFolders.PrivateFile, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Values_are_listed_by_prefix_renamed_and_deleted()
    {
        await using TestHost host = await TestHost.StartAsync();
        foreach (string key in (string[])["b/2", "a/1", "b/1"])
            await PutAsync(host, key, key);
        Assert.Equal(["b/1", "b/2"], (await ListAsync(host, "b/")).Select(static value => value.Key));

        HostError taken = await TestHost.RefusalAsync(await host.Client.PostAsync("/v1/values/rename?from=b/1&to=b/2", null), HttpStatusCode.Conflict);
        Assert.Contains("'b/2'", taken.Message, StringComparison.Ordinal);
        (await host.Client.PostAsync("/v1/values/rename?from=b/1&to=b/2&overwrite=true", null)).EnsureSuccessStatusCode();
        Assert.Equal("b/1", await host.Client.GetStringAsync(At("b/2")));
        (await host.Client.DeleteAsync(At("a/1"))).EnsureSuccessStatusCode();
        Assert.Equal(["b/2"], (await ListAsync(host)).Select(static value => value.Key));
        Assert.Single(Directory.GetFiles(Path.Combine(host.Home, "values", "data")));
    }

    [Fact]
    public async Task A_missing_key_is_not_found_and_near_ones_are_named()
    {
        await using TestHost host = await TestHost.StartAsync();
        await PutAsync(host, "model-7", "x");
        foreach (HttpResponseMessage answer in (HttpResponseMessage[])
            [
                await host.Client.GetAsync(At("model-8")), await host.Client.DeleteAsync(At("model-8")), await host.Client.PostAsync("/v1/values/rename?from=model-8&to=x", null),
            ])
        {
            HostError error = await TestHost.RefusalAsync(answer, HttpStatusCode.NotFound);
            Assert.Equal(HostErrorCode.NotFound, error.Code);
            Assert.Contains("'model-7'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Deletion_of_everything_asks_for_a_flag()
    {
        await using TestHost host = await TestHost.StartAsync();
        await PutAsync(host, "a", "x");
        await PutAsync(host, "b", "x");
        HostError error = await TestHost.RefusalAsync(await host.Client.DeleteAsync("/v1/values"), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("all=true", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await ListAsync(host)).Count);

        HttpResponseMessage answer = await host.Client.DeleteAsync("/v1/values?all=true");
        Assert.Equal(2, (await answer.Content.ReadFromJsonAsync(ControlJson.Default.ValueDeletion))!.Deleted);
        Assert.Empty(await ListAsync(host));
        Assert.Empty(Directory.GetFiles(Path.Combine(host.Home, "values"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData(501)]
    public async Task A_key_that_is_none_is_refused(object key)
    {
        await using TestHost host = await TestHost.StartAsync();
        string text = key as string ?? new string('k', (int)key);
        await TestHost.RefusalAsync(await host.Client.PutAsync(At(text), new ByteArrayContent([1])), HttpStatusCode.UnprocessableEntity);
        Assert.Empty(await ListAsync(host));
        await PutAsync(host, new string('k', 500), "fits");
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_the_former_value()
    {
        await using TestHost host = await TestHost.StartAsync();
        await PutAsync(host, "key", "former");

        string answer = await host.SendRawAsync(
            $"PUT /v1/values?key=key HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {host.Host.Credentials.Token}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Equal("former", await host.Client.GetStringAsync(At("key")));
        Assert.Single(Directory.GetFiles(Path.Combine(host.Home, "values", "data")));
    }

    [Fact]
    public async Task Who_reads_a_value_that_is_replaced_or_deleted_meanwhile_reads_the_whole_of_the_former_one()
    {
        await using TestHost host = await TestHost.StartAsync();
        byte[] former = new byte[32 << 20];
        Array.Fill(former, (byte)1);
        (await host.Client.PutAsync(At("key"), new ByteArrayContent(former))).EnsureSuccessStatusCode();
        using HttpResponseMessage reading = await host.Client.GetAsync(At("key"), HttpCompletionOption.ResponseHeadersRead);

        await PutAsync(host, "key", "next");
        Assert.Equal("next", await host.Client.GetStringAsync(At("key")));
        (await host.Client.DeleteAsync(At("key"))).EnsureSuccessStatusCode();

        Assert.Equal(former, await reading.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Values_survive_their_host_and_what_was_left_half_done_does_not()
    {
        HostSettings settings = TestHost.NewSettings();
        string values = Path.Combine(settings.Home, "values");
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
        {
            await PutAsync(first, "old", "content");

            // As a machine leaves it that loses power in the middle of a rename and of an upload.
            string before = Assert.Single(Directory.GetFiles(values, "*.json"));
            byte[] json = await File.ReadAllBytesAsync(before);
            (await first.Client.PostAsync("/v1/values/rename?from=old&to=new", null)).EnsureSuccessStatusCode();
            await File.WriteAllBytesAsync(before, json);
            await File.WriteAllTextAsync(Path.Combine(values, "data", "half"), "half");
        }

        await using TestHost second = await TestHost.StartAsync(settings);
        Assert.Equal("new", Assert.Single(await ListAsync(second)).Key);
        Assert.Equal("content", await second.Client.GetStringAsync(At("new")));
        Assert.Single(Directory.GetFiles(Path.Combine(values, "data")));
        Assert.Single(Directory.GetFiles(values, "*.json"));
    }

    [Fact]
    public async Task A_file_that_the_host_cannot_read_costs_no_value_its_bytes()
    {
        HostSettings settings = TestHost.NewSettings();
        string values = Path.Combine(settings.Home, "values");
        await using (TestHost first = await TestHost.StartAsync(settings, keepsHome: true))
            await PutAsync(first, "key", "content");
        await File.WriteAllTextAsync(Path.Combine(values, "x.json"), "of another version");
        await File.WriteAllTextAsync(Path.Combine(values, "data", "of-another-version"), "precious");

        await using TestHost second = await TestHost.StartAsync(settings);
        Assert.Equal("content", await second.Client.GetStringAsync(At("key")));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(values, "data")).Length);
    }

    [Fact]
    public async Task A_store_does_what_a_dictionary_does()
    {
        string[] keys = ["a", "b", "c"];
        Gen<(int Kind, string Key, string Other, string Content)> step = Gen.Select(Gen.Int[0, 3], Gen.OneOf(keys), Gen.OneOf(keys), Gen.OneOf("", "x", "yy"));
        await step.Array[1, 12].SampleAsync(
            async steps =>
            {
                HostSettings settings = TestHost.NewSettings();
                var model = new Dictionary<string, string>(StringComparer.Ordinal);
                await using (TestHost host = await TestHost.StartAsync(settings, keepsHome: true))
                {
                    foreach ((int kind, string key, string other, string content) in steps)
                        await DoAsync(host, model, kind, key, other, content);
                    await CheckAsync(host, model);
                }

                await using TestHost again = await TestHost.StartAsync(settings);
                await CheckAsync(again, model);
            },
            iter: 25,
            threads: 1);
    }

    private static async Task DoAsync(TestHost host, Dictionary<string, string> model, int kind, string key, string other, string content)
    {
        if (kind == 0)
        {
            Assert.Equal(model.Remove(key), (await host.Client.DeleteAsync(At(key))).IsSuccessStatusCode);
        }
        else if (kind == 1)
        {
            bool isThere = model.TryGetValue(key, out string? value);
            Assert.Equal(isThere, (await host.Client.PostAsync($"/v1/values/rename?from={key}&to={other}&overwrite=true", null)).IsSuccessStatusCode);
            if (isThere)
            {
                model.Remove(key);
                model[other] = value!;
            }
        }
        else
        {
            await PutAsync(host, key, content);
            model[key] = content;
        }
    }

    private static async Task CheckAsync(TestHost host, Dictionary<string, string> model)
    {
        Assert.Equal(model.Keys.Order(StringComparer.Ordinal), (await ListAsync(host)).Select(static value => value.Key));
        foreach ((string key, string content) in model)
            Assert.Equal(content, await host.Client.GetStringAsync(At(key)));
        string data = Path.Combine(host.Home, "values", "data");
        Assert.Equal(model.Count, Directory.Exists(data) ? Directory.GetFiles(data).Length : 0);
    }

    private static string At(string key) => $"/v1/values?key={Uri.EscapeDataString(key)}";

    private static async Task<ValueStatus> PutAsync(TestHost host, string key, string content, string? contentType = null)
    {
        var body = new ByteArrayContent(Encoding.UTF8.GetBytes(content));
        body.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        HttpResponseMessage answer = await host.Client.PutAsync(At(key), body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(ControlJson.Default.ValueStatus))!;
    }

    private static async Task<IReadOnlyList<ValueStatus>> ListAsync(TestHost host, string prefix = "")
        => (await host.Client.GetFromJsonAsync($"/v1/values/list?prefix={Uri.EscapeDataString(prefix)}", ControlJson.Default.ValueListing))!.Values;
}
