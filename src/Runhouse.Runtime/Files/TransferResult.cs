namespace Runhouse;

/// <summary>What a transfer did.</summary>
/// <param name="Written">How many files and links it wrote in the target.</param>
/// <param name="Unchanged">How many were there already and were not touched.</param>
/// <param name="Deleted">How many files, links and folders it deleted in the target.</param>
/// <param name="BytesCopied">How many bytes of content travelled, before compression.</param>
/// <param name="Skipped">The symbolic links that stayed behind, because they lead out of the folder.</param>
public sealed record TransferResult(int Written, int Unchanged, int Deleted, long BytesCopied, IReadOnlyList<string> Skipped);
