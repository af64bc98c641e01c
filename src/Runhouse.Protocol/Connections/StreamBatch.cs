using Runhouse.Protocol.Codec;

namespace Runhouse.Protocol.Connections;

/// <summary>Items of a stream as they arrived together.</summary>
/// <param name="Buffer">The frame's payload; null where the item has been read already.</param>
/// <param name="Count">How many items it holds.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="IsBlock">Whether they are a block of numbers as they lie in memory.</param>
/// <param name="Item">The item, where it has been read already.</param>
internal readonly record struct StreamBatch(BodyBuffer? Buffer, int Count, int Bytes, bool IsBlock, object? Item = null);
