using System.Runtime.CompilerServices;
using Runhouse;

namespace QuickStart;

/// <summary>How to train.</summary>
/// <param name="Units">Hidden units.</param>
/// <param name="LearningRate">The step of the gradient descent.</param>
/// <param name="Seed">Starts the random numbers, so that a run can be repeated.</param>
public sealed record TrainingSettings(int Units, float LearningRate, int Seed);

/// <summary>One epoch's outcome.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Loss">The mean cross-entropy over the training images, in nats.</param>
/// <param name="Accuracy">The share of held-out images named correctly, 0..1.</param>
public sealed record EpochResult(int Epoch, double Loss, double Accuracy);

// <classifier>

/// <summary>A classifier that lives where it was constructed: in a worker, with its weights.</summary>
[Remote(Cpus = "1+")]
public sealed class DigitClassifier(Network network, TrainingSettings settings)
{
    private readonly Random _random = new(settings.Seed);

    /// <summary>The process in which this object lives.</summary>
    public int ProcessId => Environment.ProcessId;

    /// <summary>Trains, and reports each epoch as it ends.</summary>
    public async IAsyncEnumerable<EpochResult> TrainAsync(
        DigitSplit data, int epochs, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var descent = new GradientDescent(network, _random);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            float rate = settings.LearningRate * (1 - ((epoch - 1) / (float)epochs));
            double loss = await Task.Run(() => descent.Epoch(data.Training, rate, cancellationToken), cancellationToken);
            yield return new EpochResult(epoch, loss, network.Evaluate(data.HeldOut).Accuracy);
        }

        Console.WriteLine($"{settings.Units} units trained for {epochs} epochs in process {Environment.ProcessId}");
    }

    /// <summary>Judges the classifier.</summary>
    public Evaluation Evaluate(Digits digits) => network.Evaluate(digits);

    /// <summary>The weights as they are now.</summary>
    public Network Export() => network;
}

// </classifier>
