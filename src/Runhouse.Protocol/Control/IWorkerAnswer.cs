namespace Runhouse.Protocol.Control;

/// <summary>What a worker answers to a question of its host.</summary>
public interface IWorkerAnswer
{
    /// <summary>The question answered.</summary>
    long RequestId { get; }
}

/// <summary>What a worker answers when its host has had it do something.</summary>
public interface IWorkerDeed : IWorkerAnswer
{
    /// <summary>Why it did not; null when it did.</summary>
    string? Error { get; }
}
