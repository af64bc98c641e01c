using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Files;

namespace Runhouse;

/// <summary>
/// Values of any size that a cluster's host keeps under keys, until they are deleted. A key is any text of 1 to 500 bytes without control characters;
/// slashes in it mean nothing, and serve to list by prefix. Whoever reads a value reads the whole of one that was put; putting replaces.
/// </summary>
public sealed class ClusterObjects
{
    private const string Bytes = "application/octet-stream";
    private const string Text = "text/plain; charset=utf-8";
    private readonly Func<CancellationToken, Task<HostClient>> _findHost;
    private readonly TimeProvider _time;

    /// <summary>Makes the values of a host; nothing happens yet.</summary>
    /// <param name="findHost">Finds the host.</param>
    /// <param name="time">The clock.</param>
    internal ClusterObjects(Func<CancellationToken, Task<HostClient>> findHost, TimeProvider time) => (_findHost, _time) = (findHost, time);

    /// <summary>Puts a value, read from a stream while it is sent. When that breaks off, the former value stays.</summary>
    /// <param name="key">The key.</param>
    /// <param name="content">The value, from where the stream stands to its end. It stays open.</param>
    /// <param name="contentType">What kind of bytes it is; null for just bytes.</param>
    /// <param name="progress">Is told how far it is, some times a second.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <exception cref="FileTransferException">The key is none, or the host cannot keep the value.</exception>
    public async Task<StoredValue> PutAsync(
        string key, Stream content, string? contentType = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(content);
        var kind = MediaTypeHeaderValue.Parse(contentType ?? Bytes);
        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        long? length = content.CanSeek ? content.Length - content.Position : null;
        var meter = new TransferMeter(progress, _time);
        meter.Begin(TransferPhase.Copying, 1, length ?? 0);
        using var body = new SentContent(content, length, isCompressed: false, meter.AddBytes);
        body.Headers.ContentType = kind;
        using var request = new HttpRequestMessage(HttpMethod.Put, $"v1/values?key={Uri.EscapeDataString(key)}") { Content = body };
        try
        {
            using HttpResponseMessage response = await host.SendAsync(request, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
            ValueStatus? status = await response.Content.ReadFromJsonAsync(ControlJson.Default.ValueStatus, cancellationToken).ConfigureAwait(false);
            meter.AddFile();
            meter.End();
            return Stored(status ?? throw HostErrors.NotUnderstood(host.Address, request, innerException: null));
        }
        catch (Exception) when (body.ReadError is not null)
        {
            ExceptionDispatchInfo.Throw(body.ReadError);
            throw;
        }
    }

    /// <summary>Puts bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="content">The value.</param>
    /// <param name="contentType">What kind of bytes it is; null for just bytes.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <exception cref="FileTransferException">The key is none, or the host cannot keep the value.</exception>
    public async Task<StoredValue> PutBytesAsync(string key, ReadOnlyMemory<byte> content, string? contentType = null, CancellationToken cancellationToken = default)
    {
        using MemoryStream stream = MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        return await PutAsync(key, stream, contentType, progress: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts a text, as UTF-8.</summary>
    /// <param name="key">The key.</param>
    /// <param name="text">The value.</param>
    /// <param name="cancellationToken">Stops sending.</param>
    /// <exception cref="FileTransferException">The key is none, or the host cannot keep the value.</exception>
    public Task<StoredValue> PutTextAsync(string key, string text, CancellationToken cancellationToken = default)
        => PutBytesAsync(key, Encoding.UTF8.GetBytes(text), Text, cancellationToken);

    /// <summary>Opens a value; it is read as it arrives. The stream's <see cref="Stream.Length"/> is the value's size.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <exception cref="RemoteNotFoundException">No value has the key; the message lists near ones.</exception>
    public async Task<Stream> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/values?key={Uri.EscapeDataString(key)}");
        HttpResponseMessage response = await host.SendAsync(request, HostClient.AsLongAsItAnswers, cancellationToken).ConfigureAwait(false);
        return await ReceivedStream.OpenAsync(host.Address, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gets a value as bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">No value has the key; the message lists near ones.</exception>
    public async Task<byte[]> GetBytesAsync(string key, CancellationToken cancellationToken = default)
    {
        Stream stream = await GetAsync(key, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes;
        }
    }

    /// <summary>Gets a value that is a text in UTF-8.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">No value has the key; the message lists near ones.</exception>
    public async Task<string> GetTextAsync(string key, CancellationToken cancellationToken = default)
        => Encoding.UTF8.GetString(await GetBytesAsync(key, cancellationToken).ConfigureAwait(false));

    /// <summary>Lists the values whose keys begin with a prefix, by ordinal order of their keys.</summary>
    /// <param name="prefix">The prefix; empty for all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<StoredValue>> ListAsync(string prefix = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        ValueListing listing = await host.SendAsync(
            HttpMethod.Get, $"v1/values/list?prefix={Uri.EscapeDataString(prefix)}", content: null, ControlJson.Default.ValueListing, HostClient.AsLongAsItAnswers, cancellationToken).ConfigureAwait(false);
        return [.. listing.Values.Select(Stored)];
    }

    /// <summary>Gives a value another key, in one step.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="newKey">The new one.</param>
    /// <param name="overwrite">Whether a value that has the new key is replaced; else that is an error.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">No value has the key; the message lists near ones.</exception>
    /// <exception cref="FileTransferException">A value has the new key.</exception>
    public async Task<StoredValue> RenameAsync(string key, string newKey, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentException.ThrowIfNullOrEmpty(newKey);
        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        string path = $"v1/values/rename?from={Uri.EscapeDataString(key)}&to={Uri.EscapeDataString(newKey)}{(overwrite ? "&overwrite=true" : "")}";
        return Stored(await host.SendAsync(HttpMethod.Post, path, content: null, ControlJson.Default.ValueStatus, HostClient.AsLongAsItAnswers, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Deletes a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">No value has the key; the message lists near ones.</exception>
    public async Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        await DeleteAtAsync($"v1/values?key={Uri.EscapeDataString(key)}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes all values.</summary>
    /// <param name="confirm">True: all of them are meant.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>How many there were.</returns>
    /// <exception cref="ArgumentException">It is not confirmed.</exception>
    public Task<int> DeleteAllAsync(bool confirm, CancellationToken cancellationToken = default) => confirm
        ? DeleteAtAsync("v1/values?all=true", cancellationToken)
        : throw new ArgumentException("This deletes every value of the cluster. Pass confirm: true if that is meant, or delete single values by key.", nameof(confirm));

    private static StoredValue Stored(ValueStatus status) => new(status.Key, status.Size, status.ContentType, status.ModifiedAt);

    private async Task<int> DeleteAtAsync(string path, CancellationToken cancellationToken)
    {
        HostClient host = await _findHost(cancellationToken).ConfigureAwait(false);
        return (await host.SendAsync(HttpMethod.Delete, path, content: null, ControlJson.Default.ValueDeletion, HostClient.AsLongAsItAnswers, cancellationToken).ConfigureAwait(false)).Deleted;
    }
}
