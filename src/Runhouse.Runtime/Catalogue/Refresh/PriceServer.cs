using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Runhouse.Protocol.Connections;

namespace Runhouse.Runtime.Catalogue.Refresh;

/// <summary>A provider's public price interface. It is asked again where it wants fewer requests.</summary>
/// <param name="address">Its address; ends with a slash.</param>
/// <param name="time">The clock.</param>
internal sealed class PriceServer(Uri address, TimeProvider time) : IDisposable
{
    private const int Attempts = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>A header that goes with each request, and into no message.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public void AddHeader(string name, string value) => _http.DefaultRequestHeaders.Add(name, value);

    /// <summary>Gets JSON.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <param name="path">The path below the address.</param>
    /// <param name="json">How it is read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">The answer is cut off or something else.</exception>
    public Task<T> GetJsonAsync<T>(string path, JsonTypeInfo<T> json, CancellationToken cancellationToken) => GetAsync(
        path,
        async body => await JsonSerializer.DeserializeAsync(body, json, cancellationToken).ConfigureAwait(false) ?? throw new InvalidDataException("The answer is empty."),
        cancellationToken);

    /// <summary>Gets something and reads it as it comes: price lists are larger than memory should be.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <param name="path">The path below the address.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">The answer is cut off or something else.</exception>
    /// <exception cref="HttpRequestException">There is no answer, or none but errors.</exception>
    /// <exception cref="CredentialsException">It wants other credentials.</exception>
    public async Task<T> GetAsync<T>(string path, Func<Stream, Task<T>> read, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await AskAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
                return await read(body).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpIOException or JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"What {new Uri(address, path).GetLeftPart(UriPartial.Path)} answers cannot be used: {e.Message} The prices stay as they were; try again later.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> AskAsync(string path, CancellationToken cancellationToken)
    {
        Uri target = new(address, path);
        string shown = target.GetLeftPart(UriPartial.Path);
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response;
            try
            {
                response = await _http.GetAsync(target, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException unreachable)
            {
                throw new HttpRequestException($"{shown} cannot be reached: {unreachable.Message} The prices stay as they were; check the network, or Runhouse:Catalogue in the configuration.", unreachable);
            }

            if (response.IsSuccessStatusCode)
                return response;
            using (response)
            {
                TimeSpan wait = Asked(response.Headers.RetryAfter) is { } asked && asked > pause ? asked : pause;
                if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                    throw new CredentialsException($"{shown} refuses the request ({(int)response.StatusCode}). The prices stay as they were; correct the key in Runhouse:Catalogue of the configuration.");
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
                    throw new HttpRequestException($"{shown} answers {(int)response.StatusCode}. The prices stay as they were; check the addresses in Runhouse:Catalogue of the configuration.");
                if (attempt == Attempts || wait > LongestPause)
                    throw new HttpRequestException($"{shown} wants fewer requests ({(int)response.StatusCode}, the next in {TimeLimit.Text(wait)}). The prices stay as they were; try again later.");
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }

            pause *= 2;
        }
    }

    private TimeSpan? Asked(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date - time.GetUtcNow());
}
