using System.Collections.Concurrent;
using Renci.SshNet;
using Renci.SshNet.Messages.Connection;
using Runhouse.Protocol.Connections;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh.Channels;

namespace Runhouse.Runtime.Providers.Ssh;

/// <summary>One SSH connection to one machine that let this account in: its channels, and the watch over whether it still lives. Thread-safe.</summary>
internal sealed class SshConnection : IAsyncDisposable
{
    // Sessions that OpenSSH's server allows over one connection (MaxSessions), less one for ending the command of another.
    private const int MostCommands = 9;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly SshClient _client;
    private readonly Session _session;
    private readonly TimeProvider _time;
    private readonly TimeSpan _answerTimeout;
    private readonly ConcurrentDictionary<uint, SshChannel> _channels = new();
    private readonly TaskCompletionSource<(string Why, Exception? Cause)> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _commands = new(MostCommands);
    private readonly KeepAlive _keepAlive;
    private int _lastNumber;
    private int _isCut;

    /// <summary>Takes over a client that is connected.</summary>
    /// <param name="client">The client.</param>
    /// <param name="host">The machine.</param>
    /// <param name="options">How it was reached.</param>
    /// <param name="time">The clock.</param>
    public SshConnection(SshClient client, SshHost host, SshSettings options, TimeProvider time)
    {
        (_client, Host, _time, _answerTimeout) = (client, host, time, options.ConnectTimeout);
        _session = SessionAccess.Of(client);
        Outbox = new Outbox(_session, host.ToString(), e => Cut(e.Message, e));
        _keepAlive = new KeepAlive(
            Outbox, () => Cut("it does not answer any more", null), host.ServerAliveInterval ?? options.AliveInterval, host.ServerAliveCountMax ?? options.AliveCount, time);
        Listen();
        SessionAccess.WaitInKernel(_session);
        if (!client.IsConnected)
            Cut("the connection was closed", null);
    }

    /// <summary>The machine.</summary>
    public SshHost Host { get; }

    /// <summary>What is on its way to the machine.</summary>
    public Outbox Outbox { get; }

    /// <summary>Whether it can be used, as far as is known.</summary>
    public bool IsOpen => !_lost.Task.IsCompleted;

    /// <summary>Completes when the connection is over.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Opens a channel for a command, when the machine has room for one more.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">The connection broke; nothing has run.</exception>
    /// <exception cref="CredentialsException">The machine opens no session.</exception>
    public async Task<CommandChannel> OpenCommandAsync(MachineCommand command, CancellationToken cancellationToken)
    {
        await _commands.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (TimeSpan pause = FirstPause; ; pause *= 2)
            {
                var channel = new CommandChannel(this, command);
                if (await channel.OpenAsync(cancellationToken).ConfigureAwait(false) is not { } refusal)
                    return channel;
                if (pause > LastPause)
                {
                    throw new CredentialsException(
                        $"{Host} opens no session for '{Host.User}': {refusal}. End one of those that are open, or raise MaxSessions in its sshd_config.");
                }

                // A session that was closed counts there until the server has come round to it.
                await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            EndCommand();
            throw;
        }
    }

    /// <summary>Makes room for another command.</summary>
    public void EndCommand() => _commands.Release();

    /// <summary>Waits for what the machine says to something; a machine that says nothing is lost.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="answer">The answer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HostUnreachableException">It did not answer in time, or the connection broke.</exception>
    public async Task<T> AnswerAsync<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(_answerTimeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            Cut($"it did not answer within {TimeLimit.Text(_answerTimeout)}", e);
            throw await LossAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Adds a channel that is about to be opened.</summary>
    /// <param name="channel">The channel; it gets its number.</param>
    /// <exception cref="HostUnreachableException">The connection is over.</exception>
    public void Add(SshChannel channel)
    {
        channel.Number = (uint)Interlocked.Increment(ref _lastNumber);
        _channels[channel.Number] = channel;
        if (!IsOpen)
        {
            Remove(channel);
            throw Loss(_lost.Task.Result);
        }
    }

    /// <summary>Forgets a channel that is over.</summary>
    /// <param name="channel">The channel.</param>
    public void Remove(SshChannel channel) => _channels.TryRemove(channel.Number, out _);

    /// <summary>Ends the connection at once, whatever is on its way: its users learn that it broke.</summary>
    /// <param name="why">What happened, as the end of a sentence.</param>
    /// <param name="cause">The cause, if any.</param>
    public void Cut(string why, Exception? cause)
    {
        if (Interlocked.Exchange(ref _isCut, 1) != 0)
            return;
        _lost.SetResult((why, cause));
        _keepAlive.Dispose();
        Outbox.Dispose();

        // Without its socket nothing in SSH.NET waits any longer. It asks for the end of its own reading thread, which may be this one.
        SessionAccess.SocketOf(_session)?.Dispose();
        _ = Task.Factory.StartNew(_client.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        foreach (SshChannel channel in _channels.Values)
            channel.Lost(Loss((why, cause)));
        _channels.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // What was posted, such as the end of a command, is sent before.
        Task goodbye = Task.Factory.StartNew(_client.Disconnect, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await goodbye.WaitAsync(Farewell, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Cut("it was closed here", null);
    }

    private void Listen()
    {
        _session.ErrorOccured += (_, e) => Cut(e.Exception.Message.TrimEnd('.'), e.Exception);
        _session.Disconnected += (_, _) => Cut("the machine closed it", null);
        _session.ChannelOpenReceived += (_, e) => Outbox.Post(
            new ChannelOpenFailureMessage(e.Message.LocalChannelNumber, "This side opens no channels.", 1), elsewhere: true);
        _session.RequestSuccessReceived += (_, _) => _keepAlive.Heard();
        _session.RequestFailureReceived += (_, _) => _keepAlive.Heard();
        _session.ChannelOpenConfirmationReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Confirmed(e.Message);
        _session.ChannelOpenFailureReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Refused(e.Message);
        _session.ChannelWindowAdjustReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Adjusted(e.Message.BytesToAdd);
        _session.ChannelDataReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Received(e.Message.Data.AsSpan(e.Message.Offset, e.Message.Size), isError: false);
        _session.ChannelExtendedDataReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Received(e.Message.Data, isError: true);
        _session.ChannelEofReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Ended();
        _session.ChannelCloseReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Closed();
        _session.ChannelRequestReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Noticed(e.Message);
        _session.ChannelSuccessReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Replied(success: true);
        _session.ChannelFailureReceived += (_, e) => Find(e.Message.LocalChannelNumber)?.Replied(success: false);
    }

    // A new one each time: an exception that is thrown belongs to whoever throws it.
    private HostUnreachableException Loss((string Why, Exception? Cause) reason)
        => new($"The SSH connection to {Host} broke: {reason.Why}. Check the machine and the network between, then try again.", reason.Cause);

    private async Task<HostUnreachableException> LossAsync() => Loss(await _lost.Task.ConfigureAwait(false));

    private SshChannel? Find(uint number)
    {
        _keepAlive.Heard();
        return _channels.GetValueOrDefault(number);
    }
}
