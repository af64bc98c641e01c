using System.Text;
using System.Text.Json;
using Runhouse.Protocol.Control;

namespace Runhouse.Host.Tests.Running;

/// <summary>An answer of frames, as it comes.</summary>
internal sealed class FrameAnswer(HttpResponseMessage response, Stream body) : IDisposable
{
    private readonly OutputFrameReader _reader = new(body);

    public StringBuilder Output { get; } = new();

    public StringBuilder Error { get; } = new();

    public MemoryStream OutputBytes { get; } = new();

    public List<ImageProgress> Progress { get; } = [];

    public CommandEnded? Ended { get; private set; }

    public static async Task<FrameAnswer> BeginAsync(HttpClient client, string path, HttpContent content, CancellationToken cancellationToken = default)
    {
        HttpResponseMessage response = await client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path) { Content = content }, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            Assert.Fail($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        return new FrameAnswer(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>Reads on until something is so; fails when the answer ends before.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            Assert.True(await NextAsync(), $"The answer ended: {Output} {Error} {string.Join(", ", Progress)}");
    }

    public async Task<FrameAnswer> ToEndAsync()
    {
        while (await NextAsync())
        {
        }

        return this;
    }

    public void Dispose() => response.Dispose();

    private async Task<bool> NextAsync()
    {
        if (await _reader.ReadAsync(CancellationToken.None) is not { } frame)
            return false;
        switch (frame.Kind)
        {
            case OutputFrameKind.Output:
                OutputBytes.Write(frame.Payload.Span);
                Output.Append(Encoding.UTF8.GetString(frame.Payload.Span));
                break;
            case OutputFrameKind.Error:
                Error.Append(Encoding.UTF8.GetString(frame.Payload.Span));
                break;
            case OutputFrameKind.Message when Encoding.UTF8.GetString(frame.Payload.Span).Contains("\"kind\"", StringComparison.Ordinal):
                Progress.Add(JsonSerializer.Deserialize(frame.Payload.Span, ControlJson.Default.ImageProgress)!);
                break;
            case OutputFrameKind.Message:
                Ended = JsonSerializer.Deserialize(frame.Payload.Span, ControlJson.Default.CommandEnded);
                break;
        }

        return true;
    }
}
