namespace FineTuning;

/// <summary>The state of a training after an epoch.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">The mean cross-entropy over the training images, in nats.</param>
/// <param name="Weights">The weights, as TorchSharp saves them.</param>
public sealed record Checkpoint(int Epoch, double Loss, byte[] Weights);
