using Renci.SshNet.Messages.Connection;

namespace Runhouse.Runtime.Providers.Ssh.Channels;

/// <summary>
/// Asks a machine that has been silent whether it is still there, and gives it up when several questions in a row stay without an answer, as
/// OpenSSH's <c>ServerAliveInterval</c> does.
/// </summary>
internal sealed class KeepAlive : IDisposable
{
    private readonly Outbox _outbox;
    private readonly Action _giveUp;
    private readonly int _count;
    private readonly ITimer? _timer;
    private volatile bool _heard;
    private int _unanswered;

    /// <summary>Starts watching.</summary>
    /// <param name="outbox">Where questions go.</param>
    /// <param name="giveUp">Ends the connection.</param>
    /// <param name="interval">The silence after which a question is due; zero for no questions.</param>
    /// <param name="count">How many questions may stay without an answer.</param>
    /// <param name="time">The clock.</param>
    public KeepAlive(Outbox outbox, Action giveUp, TimeSpan interval, int count, TimeProvider time)
    {
        (_outbox, _giveUp, _count) = (outbox, giveUp, count);
        if (interval > TimeSpan.Zero)
            _timer = time.CreateTimer(_ => Tick(), null, interval, interval);
    }

    /// <summary>Something came from the machine.</summary>
    public void Heard() => _heard = true;

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        if (_heard)
        {
            _heard = false;
            _unanswered = 0;
            return;
        }

        if (_unanswered++ == _count)
        {
            _giveUp();
            return;
        }

        // No server knows the request; each must say so. Never sent from here: the timer's thread is the pool's.
        var question = new GlobalRequestMessage();
        question.Load(new SshWireWriter().Text("keepalive@openssh.com").Byte(1).ToArray());
        _outbox.Post(question, elsewhere: true);
    }
}
