using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Runhouse.Protocol;
using Runhouse.Protocol.Codec;
using Runhouse.Protocol.Control;

namespace Runhouse.Runtime.Clusters;

/// <summary>A host's calls: those in flight, and the detached ones that it keeps.</summary>
internal static class HostCalls
{
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(15);

    /// <summary>The calls of the host.</summary>
    public static Task<CallListing> ListAsync(HostClient host, CancellationToken cancellationToken)
        => host.SendAsync(HttpMethod.Get, "v1/calls", content: null, ControlJson.Default.CallListing, Answer, cancellationToken);

    /// <summary>Cancels a call.</summary>
    /// <exception cref="RemoteNotFoundException">No such call is in flight.</exception>
    public static Task CancelAsync(HostClient host, string id, CancellationToken cancellationToken)
        => host.SendAsync<CallListing>(HttpMethod.Post, $"v1/calls/cancel?id={Uri.EscapeDataString(id)}", content: null, answer: null, Answer, cancellationToken);

    /// <summary>Has a detached call recorded and run.</summary>
    public static Task SpawnAsync(HostClient host, string id, DetachedCall call, byte[] arguments, CancellationToken cancellationToken)
    {
        // In the body: what is in an address has a limit of its own, and is read in logs.
        byte[] described = JsonSerializer.SerializeToUtf8Bytes(call, ControlJson.Default.DetachedCall);
        byte[] body = new byte[sizeof(int) + described.Length + arguments.Length];
        BinaryPrimitives.WriteInt32LittleEndian(body, described.Length);
        described.CopyTo(body, sizeof(int));
        arguments.CopyTo(body, sizeof(int) + described.Length);
        return host.SendAsync<CallListing>(HttpMethod.Put, $"v1/calls/{id}", new ByteArrayContent(body), answer: null, HostClient.AsLongAsItAnswers, cancellationToken);
    }

    /// <summary>What a detached call is doing, or what became of it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="id">The call.</param>
    /// <param name="wait">How long the host may wait for the call's end before it answers.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static Task<CallStatus> GetAsync(HostClient host, string id, TimeSpan wait, CancellationToken cancellationToken) => host.SendAsync(
        HttpMethod.Get,
        string.Create(CultureInfo.InvariantCulture, $"v1/calls/{id}?wait={wait.TotalSeconds:0.###}"),
        content: null,
        ControlJson.Default.CallStatus,
        Answer + wait,
        cancellationToken);

    /// <summary>The bytes of a detached call's result, in map form; or its error.</summary>
    public static async Task<ReadOnlyMemory<byte>> OutcomeAsync(HostClient host, string id, WireLimits limits, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/calls/{id}/outcome");
        using HttpResponseMessage response = await host.SendAsync(request, Answer, cancellationToken).ConfigureAwait(false);
        string kind = response.Headers.TryGetValues(CallOutcome.Header, out IEnumerable<string>? values) ? values.First() : "";
        byte[] body = await ReadAsync(host, request, response, cancellationToken).ConfigureAwait(false);
        switch (kind)
        {
            case CallOutcome.Result:
                return body;
            case CallOutcome.Error:
                throw ErrorCodec.Read(body, limits);
            case CallOutcome.WorkerLost:
                throw WorkerLoss.Describe(JsonSerializer.Deserialize(body, ControlJson.Default.WorkerStatus)!, host.Address, cause: null);
            case CallOutcome.Refused:
                using (var refused = new HttpResponseMessage(System.Net.HttpStatusCode.Conflict) { Content = new ByteArrayContent(body) })
                {
                    refused.Content.Headers.ContentType = new("application/json");
                    throw await HostErrors.FromResponseAsync(host.Address, request, refused, cancellationToken).ConfigureAwait(false);
                }

            default:
                throw HostErrors.NotUnderstood(host.Address, request, innerException: null);
        }
    }

    /// <summary>What a detached call wrote and reported.</summary>
    /// <param name="host">The host.</param>
    /// <param name="id">The call.</param>
    /// <param name="after">The number of the last one that is there already; 0 for none.</param>
    /// <param name="follow">Whether to go on with those that come, until the call has ended.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static async IAsyncEnumerable<CallEvent> EventsAsync(HostClient host, string id, long after, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"v1/calls/{id}/events?after={after}&follow={(follow ? "true" : "false")}"));
        using HttpResponseMessage response = await host.SendAsync(request, Answer, cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await ReadLineAsync(host, request, reader, cancellationToken).ConfigureAwait(false) is { } line)
            yield return JsonSerializer.Deserialize(line, ControlJson.Default.CallEvent) ?? throw HostErrors.NotUnderstood(host.Address, request, innerException: null);
    }

    private static async Task<string?> ReadLineAsync(HostClient host, HttpRequestMessage request, StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Broken(host, request, e);
        }
    }

    private static async Task<byte[]> ReadAsync(HostClient host, HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Broken(host, request, e);
        }
    }

    private static HostUnreachableException Broken(HostClient host, HttpRequestMessage request, Exception cause)
        => (HostUnreachableException)HostErrors.Unreachable(host.Address, new HttpRequestException($"The answer to {request.RequestUri} broke off.", cause));
}
