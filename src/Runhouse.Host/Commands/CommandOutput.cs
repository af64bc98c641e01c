using Runhouse.Protocol.Control;

namespace Runhouse.Host.Commands;

/// <summary>Takes a piece of what a command writes. Both streams may call at the same time.</summary>
/// <param name="kind">Standard output or error.</param>
/// <param name="piece">The bytes; theirs again once the task is done.</param>
/// <param name="cancellationToken">Nobody wants it any more.</param>
internal delegate ValueTask CommandOutput(OutputFrameKind kind, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken);
