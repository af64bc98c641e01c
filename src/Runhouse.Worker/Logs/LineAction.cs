namespace Runhouse.Worker.Logs;

/// <summary>Takes a line.</summary>
/// <typeparam name="TState">What else it needs.</typeparam>
/// <param name="line">The line, without its end.</param>
/// <param name="state">What else it needs.</param>
internal delegate void LineAction<in TState>(ReadOnlySpan<char> line, TState state);
