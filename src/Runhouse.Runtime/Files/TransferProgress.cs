namespace Runhouse;

/// <summary>How far a transfer is. Of each content that several files share, one counts.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="FilesDone">How many files of this phase are done.</param>
/// <param name="FilesTotal">How many files this phase has.</param>
/// <param name="BytesDone">How many bytes of this phase are done.</param>
/// <param name="BytesTotal">How many bytes this phase has, as far as that is known: those of a value that is put may be more.</param>
public sealed record TransferProgress(TransferPhase Phase, int FilesDone, int FilesTotal, long BytesDone, long BytesTotal);
