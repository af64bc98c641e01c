using System.Buffers;
using System.IO.Pipelines;
using Runhouse.Runtime.Machines;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>Runs one command.</summary>
/// <param name="connection">The connection.</param>
/// <param name="command">The command.</param>
internal sealed class CommandChannel(SshConnection connection, MachineCommand command) : SshChannel(connection)
{
    private const int Chunk = 32 << 10;
    private const string ExitStatus = "exit-status";
    private const string ExitSignal = "exit-signal";

    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(5);

    private readonly CommandPrelude _prelude = new(command.Text);
    private readonly ReceivedData? _output = command.Output is null ? null : new();
    private readonly ReceivedData? _error = command.Error is null ? null : new();
    private readonly TaskCompletionSource<int?> _processId = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CommandResult? _result;

    /// <summary>Opens the channel; nothing runs yet.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why the machine refuses; null when it is open.</returns>
    /// <exception cref="HostUnreachableException">The connection broke.</exception>
    public Task<ChannelRefusal?> OpenAsync(CancellationToken cancellationToken) => OpenAsync(new SessionOpening(), cancellationToken);

    /// <summary>Runs the command to its end.</summary>
    /// <param name="cancellationToken">Ends it there.</param>
    /// <exception cref="HostUnreachableException">The connection broke.</exception>
    /// <exception cref="CredentialsException">The machine lets this account run no commands.</exception>
    public async Task<CommandResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await RequestAsync(new ExecRequest(_prelude.Command), cancellationToken).ConfigureAwait(false))
                throw new CredentialsException($"{Connection.Host} lets '{Connection.Host.User}' run no commands. Log in as a user who may, or allow it in its sshd_config.");
            await CompleteAsync(cancellationToken).ConfigureAwait(false);
            return _result ?? throw new HostUnreachableException(
                $"A command on {Connection.Host} ended and the machine does not say how: its SSH server was stopped, or refused to run it. Look at the server's log there, then try again.");
        }
        finally
        {
            Close();
            Connection.EndCommand();
        }
    }

    /// <inheritdoc/>
    protected override void OnData(ReadOnlySpan<byte> data)
    {
        if (!_prelude.IsOver)
        {
            data = _prelude.Skip(data);
            if (!_prelude.IsOver)
                return;
            _processId.TrySetResult(_prelude.ProcessId);
            Take(_prelude.Dropped, elsewhere: true);
        }

        Deliver(_output, data);
    }

    /// <inheritdoc/>
    protected override void OnErrorData(ReadOnlySpan<byte> data) => Deliver(_error, data);

    /// <inheritdoc/>
    protected override void OnEof() => CompleteStreams();

    /// <inheritdoc/>
    protected override void OnNotice(string name, ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new SshWireReader(data);
            if (name == ExitStatus)
                _result = new CommandResult((int)reader.ReadNumber(), null);
            else if (name == ExitSignal)
                _result = new CommandResult(null, reader.ReadText());
        }
        catch (FormatException)
        {
            // As if it had not been said.
        }
    }

    /// <inheritdoc/>
    protected override void OnEnd(Exception? error)
    {
        CompleteStreams();
        _processId.TrySetResult(null);
        if (error is null)
            _closed.TrySetResult();
        else
            _closed.TrySetException(error);
    }

    // A stream that fails ends the command; one that is at its end does not.
    private async Task CompleteAsync(CancellationToken cancellationToken)
    {
        using var ended = new CancellationTokenSource();
        try
        {
            Task[] output = [PumpAsync(_output, command.Output, ended.Token), PumpAsync(_error, command.Error, ended.Token)];
            List<Task> work = [_closed.Task, SendInputAsync(ended.Token), .. output];
            while (work.Contains(_closed.Task))
            {
                Task first = await Task.WhenAny(work).WaitAsync(cancellationToken).ConfigureAwait(false);
                await first.ConfigureAwait(false);
                work.Remove(first);
            }

            await Task.WhenAll(output).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch when (!_closed.Task.IsCompleted)
        {
            await EndAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
    }

    private void Deliver(ReceivedData? stream, ReadOnlySpan<byte> data)
    {
        if (stream is null)
            Take(data.Length, elsewhere: true);
        else
            stream.Write(data);
    }

    private void CompleteStreams()
    {
        _output?.Write(_prelude.Rest());
        _output?.Complete();
        _error?.Complete();
    }

    private async Task SendInputAsync(CancellationToken ended)
    {
        int count = 1;
        while (command.Input is { } input && count > 0)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunk);
            count = await input.ReadAsync(buffer.AsMemory(0, Math.Min(Chunk, MaxSent)), ended).ConfigureAwait(false);
            try
            {
                await SendAsync(buffer, count, ended).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // A command may end before it has read all: that is its own affair.
                return;
            }
        }

        SendEof();
    }

    private async Task PumpAsync(ReceivedData? source, Stream? target, CancellationToken ended)
    {
        if (source is null)
            return;
        PipeReader reader = source.Reader;
        ReadResult read;
        do
        {
            read = await reader.ReadAsync(ended).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
                await target!.WriteAsync(part, ended).ConfigureAwait(false);
            int count = (int)read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
            await target!.FlushAsync(ended).ConfigureAwait(false);
            Take(count);
        }
        while (!read.IsCompleted);
    }

    // Whoever waits for the command has given up; it is to be gone when they learn of it, but a machine that is in trouble is not waited for.
    private async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(KillTimeout);
        try
        {
            int? id = await _processId.Task.WaitAsync(limit.Token).ConfigureAwait(false);
            if (id is { } process && !_closed.Task.IsCompleted)
                await new KillChannel(Connection, process).RunAsync(limit.Token).ConfigureAwait(false);
            await _closed.Task.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or HostUnreachableException or CredentialsException)
        {
            // The last that can be done over this channel.
            Post(new SignalRequest("KILL"));
        }
    }
}
