using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Connections;

/// <summary>
/// A stream that remote code produces and that is asked for again while it has failed without an outcome and no item has come: whoever has one
/// must not get it twice.
/// </summary>
internal sealed class RetriedStream<T>(
    ConnectionTarget target, RemoteStreamMethod<T> method, int retries, WrittenArguments arguments, CancellationToken own) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var retry = new CallRetry(target, method, retries, arguments);
        while (true)
        {
            var attempt = new Attempt(target, method, arguments, retry.TimeLeft, own);
            IAsyncEnumerator<T> items = attempt.Items.GetAsyncEnumerator(cancellationToken);
            await using (items.ConfigureAwait(false))
            {
                bool hasItem = false;
                bool isOver = true;
                try
                {
                    hasItem = await items.MoveNextAsync().ConfigureAwait(false);
                }
                catch (RemoteException error) when (retry.Allows(error, attempt.IsSent))
                {
                    isOver = false;
                }

                while (hasItem)
                {
                    yield return items.Current;
                    hasItem = await items.MoveNextAsync().ConfigureAwait(false);
                }

                if (isOver)
                    yield break;
            }

            own.ThrowIfCancellationRequested();
            await retry.PauseAsync(cancellationToken.CanBeCanceled ? cancellationToken : own).ConfigureAwait(false);
        }
    }

    private sealed class Attempt
    {
        private readonly RemoteStream<T> _stream;

        public Attempt(ConnectionTarget target, RemoteStreamMethod<T> method, WrittenArguments arguments, TimeSpan? timeout, CancellationToken own)
        {
            _stream = new RemoteStream<T>(target, method, arguments, timeout, own);
            Items = new ReceivedStream<T>(OpenAsync, method.ReadItem, target.Limits, own);
        }

        public ReceivedStream<T> Items { get; }

        public bool IsSent { get; private set; }

        private async ValueTask<StreamReceiver> OpenAsync(CancellationToken cancellationToken)
        {
            StreamReceiver receiver = await _stream.OpenAsync(cancellationToken).ConfigureAwait(false);
            IsSent = true;
            return receiver;
        }
    }
}
