using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Runhouse.Protocol.Control;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Clusters;

/// <summary>Asks a host over its control interface. Calls do not go through here.</summary>
internal sealed class HostClient : IDisposable
{
    /// <summary>How long the host may take over what it works on: checking a deployment, starting a worker (which it gives up after a minute).</summary>
    public static TimeSpan LongWork { get; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a host that works for so long may leave others without an answer: the request itself may fill the way to it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For work whose length nobody knows, such as hashing a large folder: it may take as long as the host answers others.</summary>
    public static TimeSpan AsLongAsItAnswers { get; } = TimeSpan.FromDays(1);

    private readonly HttpClient _http;
    private readonly TimeSpan _connectTimeout;
    private readonly HostAccess _access;
    private volatile bool _isStopping;
    private volatile bool _isTakenBack;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="address">Where the host listens.</param>
    /// <param name="connectTimeout">How long a connection may take.</param>
    public HostClient(HostAddress address, TimeSpan connectTimeout)
    {
        (_access, _connectTimeout) = (new HostAccess(address), connectTimeout);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = connectTimeout,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            SslOptions = HostAddress.TlsOptions(address.Uri.Host, () => Address),

            // Finding the system's proxy costs a cold start, and calls take none.
            UseProxy = false,
        };
        if (address.Way is not null)
            handler.ConnectCallback = async (context, token) => await ConnectAsync(context.DnsEndPoint.Port, token).ConfigureAwait(false);

        // Starting a worker takes what it takes: each request says itself how long it waits.
        _access.InnerHandler = handler;
        _http = new HttpClient(_access) { BaseAddress = address.Uri, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The host, as it is known by now: its token and its certificate change while it runs.</summary>
    public HostAddress Address => _access.Address;

    /// <inheritdoc cref="HostAccess.FindAgainAsync"/>
    public Func<CancellationToken, Task<HostAddress?>>? FindAgainAsync
    {
        init => _access.FindAgainAsync = value;
    }

    /// <summary>Finds out whether the host has ended, where its machine can be asked; null where only the host itself can.</summary>
    public Func<CancellationToken, Task<bool>>? HasEndedAsync { get; init; }

    /// <inheritdoc cref="Providers.HostedMachine.FindLossAsync"/>
    public Func<CancellationToken, Task<MachineLoss?>>? FindLossAsync { get; init; }

    /// <summary>Whether the host has said that it is about to end: it stays without use, even where it still answers.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Whether the host has said that its machine is taken back: nothing runs there any more, and soon it is gone.</summary>
    public bool IsTakenBack
    {
        get => _isTakenBack;
        set => _isTakenBack = value;
    }

    /// <summary>Whether the host answers and takes the token; false for a port on which nobody or somebody else listens.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<bool> AnswersAsync(CancellationToken cancellationToken) => AnswersAsync(_connectTimeout, cancellationToken);

    /// <summary>Announces a deployment.</summary>
    /// <param name="manifest">Its files.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Its id, and which files the host still needs.</returns>
    public Task<DeploymentReply> DeployAsync(DeploymentManifest manifest, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Post, "v1/deployments", JsonContent.Create(manifest, ControlJson.Default.DeploymentManifest), ControlJson.Default.DeploymentReply, LongWork, cancellationToken);

    /// <summary>Uploads a file.</summary>
    /// <param name="hash">SHA-256 of its content.</param>
    /// <param name="content">The content.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    public Task UploadAsync(string hash, HttpContent content, CancellationToken cancellationToken)
        => SendAsync<DeploymentReply>(HttpMethod.Put, $"v1/files/{hash}", content, answer: null, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Asks for a worker that runs a deployment.</summary>
    /// <param name="deployment">The deployment's id.</param>
    /// <param name="request">Which of its workers; null for that of members that need nothing in particular, outside of any image's environment.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The worker; null when the host does not have the deployment.</returns>
    /// <exception cref="CapacityException">The machine does not have what the worker needs, or others hold it for longer than the request waits.</exception>
    /// <exception cref="DeploymentException">
    /// With an <see cref="ImageEnvironmentGoneException"/> inside: the image has to be applied again, as the host was started anew or another image took its place.
    /// </exception>
    public async Task<ConnectReply?> ConnectAsync(string deployment, WorkerRequest? request, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(
                HttpMethod.Post,
                $"v1/deployments/{deployment}/connect",
                request is null ? null : JsonContent.Create(request, ControlJson.Default.WorkerRequest),
                ControlJson.Default.ConnectReply,
                LongWork + TimeSpan.FromSeconds(request?.WaitSeconds ?? 0),
                cancellationToken).ConfigureAwait(false);
        }
        catch (RemoteNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The environment that an image left on the host, as it was applied last.</summary>
    /// <param name="image">The image's name: the cluster's.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeploymentException">With an <see cref="ImageEnvironmentGoneException"/> inside: it was not applied since the host started.</exception>
    public async Task<string> GetImageEnvironmentAsync(string image, CancellationToken cancellationToken) => (await SendAsync(
        HttpMethod.Get, $"v1/images/environment?name={Uri.EscapeDataString(image)}", content: null, ControlJson.Default.ImageEnvironmentReply, _connectTimeout, cancellationToken).ConfigureAwait(false)).Environment;

    /// <summary>Asks for another way to a worker to which there was one before.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="WorkerLostException">The worker has ended.</exception>
    /// <exception cref="RemoteNotFoundException">The host does not know the worker: it is another host than before, or has been started anew.</exception>
    public Task<ConnectReply> ConnectWorkerAsync(string worker, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Post, $"v1/workers/{worker}/connect", content: null, ControlJson.Default.ConnectReply, _connectTimeout, cancellationToken);

    /// <summary>What a worker is doing, or how it ended.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="wait">How long the host may wait for the worker's end before it answers.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<WorkerStatus> GetWorkerAsync(string worker, TimeSpan wait, CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get,
        string.Create(CultureInfo.InvariantCulture, $"v1/workers/{worker}?wait={wait.TotalSeconds:0.###}"),
        content: null,
        ControlJson.Default.WorkerStatus,
        _connectTimeout + wait,
        cancellationToken);

    /// <summary>Ends a worker, with what runs in it.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteNotFoundException">The host does not know the worker.</exception>
    public Task KillWorkerAsync(string worker, CancellationToken cancellationToken)
        => SendAsync<DeploymentReply>(HttpMethod.Delete, $"v1/workers/{worker}", content: null, answer: null, _connectTimeout, cancellationToken);

    /// <summary>Begins work on the host whose output comes while it goes on.</summary>
    /// <param name="path">The path of the control interface.</param>
    /// <param name="content">What to do.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The output; disposing it ends the work.</returns>
    public async Task<HostOutput> BeginAsync(string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        HttpResponseMessage response = await SendAsync(request, LongWork, cancellationToken).ConfigureAwait(false);
        return new HostOutput(Address, response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What runs on the host.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<HostStatus> GetStatusAsync(CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get, "v1/status", content: null, ControlJson.Default.HostStatus, _connectTimeout, cancellationToken);

    /// <summary>Reads the host's logs.</summary>
    /// <param name="source">The id of a worker, or <c>host</c>; null for all.</param>
    /// <param name="tail">How many of the lines that are there already, of each log.</param>
    /// <param name="follow">Whether to go on with those that come.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async IAsyncEnumerable<HostLogLine> GetLogsAsync(string? source, int tail, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"v1/logs?tail={tail}&follow={(follow ? "true" : "false")}")
            + (source is null ? "" : $"&source={Uri.EscapeDataString(source)}");
        using var request = new HttpRequestMessage(HttpMethod.Get, query);
        using HttpResponseMessage response = await SendAsync(request, _connectTimeout, cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await ReadLineAsync(request, reader, cancellationToken).ConfigureAwait(false) is { } line)
            yield return JsonSerializer.Deserialize(line, ControlJson.Default.HostLogLine) ?? throw HostErrors.NotUnderstood(Address, request, innerException: null);
    }

    private async Task<string?> ReadLineAsync(HttpRequestMessage request, StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw HostErrors.Unreachable(Address, new HttpRequestException($"The answer to {request.RequestUri} broke off.", e));
        }
    }

    /// <summary>Keeps the host up, whether it has work or not; a later word replaces an earlier one.</summary>
    /// <param name="duration">For how long from now; zero for no longer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task KeepWarmAsync(TimeSpan duration, CancellationToken cancellationToken) => SendAsync<DeploymentReply>(
        HttpMethod.Post,
        string.Create(CultureInfo.InvariantCulture, $"v1/keep-warm?seconds={duration.TotalSeconds:0.###}"),
        content: null,
        answer: null,
        _connectTimeout,
        cancellationToken);

    /// <summary>How old the host's token and certificate are.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<CredentialsStatus> GetCredentialsAsync(CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Get, "v1/credentials", content: null, ControlJson.Default.CredentialsStatus, _connectTimeout, cancellationToken);

    /// <summary>Has the host make a new token and a new certificate.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<CredentialsStatus> RotateAsync(CancellationToken cancellationToken) => SendAsync(
        HttpMethod.Post, "v1/credentials/rotate", content: null, ControlJson.Default.CredentialsStatus, _connectTimeout, cancellationToken);

    /// <summary>Tells the host to stop; it does so once it has answered.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task StopAsync(CancellationToken cancellationToken)
        => SendAsync<DeploymentReply>(HttpMethod.Post, "v1/stop", content: null, answer: null, _connectTimeout, cancellationToken);

    /// <summary>Opens a connection to a worker through the host's port.</summary>
    /// <param name="worker">The worker's id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The frames' transport; disposing it closes the connection.</returns>
    public Task<IDuplexPipe> OpenRelayAsync(string worker, CancellationToken cancellationToken)
        => _access.UseAsync(address => new RelayClient(address).OpenAsync(worker, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<Stream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        EndPoint endPoint = await Address.ResolveAsync(port, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="path">The path and the query.</param>
    /// <param name="content">The body, if any.</param>
    /// <param name="answer">How the answer is read; null when it has no body.</param>
    /// <param name="answersWithin">How long the host may take.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, JsonTypeInfo<T>? answer, TimeSpan answersWithin, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using HttpResponseMessage response = await SendAsync(request, answersWithin, cancellationToken).ConfigureAwait(false);
        if (answer is null)
            return default!;
        try
        {
            return await response.Content.ReadFromJsonAsync(answer, cancellationToken).ConfigureAwait(false)
                ?? throw HostErrors.NotUnderstood(Address, request, innerException: null);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or HttpRequestException or IOException)
        {
            throw HostErrors.NotUnderstood(Address, request, e);
        }
    }

    /// <summary>Sends a request; the body of the answer is still to be read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answersWithin">How long the host may take until it begins to answer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="RemoteException">The host refused it, or does not answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, TimeSpan answersWithin, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(answersWithin);
        using var answered = new CancellationTokenSource();
        int way = Address.Way?.Generation ?? 0;
        if (answersWithin >= LongWork)
            _ = EndIfStuckAsync(timeout, answersWithin < AsLongAsItAnswers ? _connectTimeout / 2 : Patience, answered.Token);
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw HostErrors.Unreachable(Address, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing has come back over the way to the machine: the next request takes another one.
            Address.Way?.Abandon(way);
            throw HostErrors.Unreachable(Address, e);
        }
        finally
        {
            await answered.CancelAsync().ConfigureAwait(false);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            RemoteException error = await HostErrors.FromResponseAsync(Address, request, response, cancellationToken).ConfigureAwait(false);
            if (HostStoppingException.IsCauseOf(error))
                _isStopping = true;
            throw error;
        }
    }

    private async Task<bool> AnswersAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(within);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "v1/status");
            using HttpResponseMessage response = await _http.SendAsync(request, timeout.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or RemoteException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>While a request takes its time: ends it when the host no longer answers others, since then nobody works on it.</summary>
    private async Task EndIfStuckAsync(CancellationTokenSource request, TimeSpan half, CancellationToken answered)
    {
        // The pause and the question together take as long as a host may leave its callers without an answer.
        try
        {
            do
                await Task.Delay(half, answered).ConfigureAwait(false);
            while (await AnswersAsync(half, answered).ConfigureAwait(false));
            await request.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The answer has come.
        }
    }
}
