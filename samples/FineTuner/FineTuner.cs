using System.Runtime.CompilerServices;
using Runhouse;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace FineTuning;

/// <summary>Trains a small network with TorchSharp in the worker; the caller gets every checkpoint while the training goes on.</summary>
[Remote(Cpus = "1+")]
public sealed class FineTuner : IDisposable
{
    private const int BatchSize = 64;

    private readonly long _channels;
    private readonly Module<torch.Tensor, torch.Tensor> _network;
    private readonly DigitImages _training;
    private readonly DigitImages _heldOut;

    /// <summary>Loads the data and makes the network.</summary>
    /// <param name="channels">The channels of the first convolution.</param>
    /// <param name="seed">Starts the random numbers, so that a run can be repeated.</param>
    public FineTuner(int channels, int seed)
    {
        torch.random.manual_seed(seed);
        _channels = channels;
        _network = ConvolutionalNetwork.Create(channels);
        (_training, _heldOut) = DigitImages.Load();
        Console.WriteLine($"TorchSharp {torch.__version__} in process {Environment.ProcessId}, {_training.Labels.shape[0]} images to learn from");
    }

    /// <summary>The process in which this object lives.</summary>
    public int ProcessId => Environment.ProcessId;

    /// <summary>Trains, and hands over a checkpoint after each epoch.</summary>
    /// <param name="epochs">How many times to go over the images.</param>
    /// <param name="cancellationToken">Stops the training between epochs.</param>
    public async IAsyncEnumerable<Checkpoint> TrainAsync(int epochs, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var optimizer = torch.optim.Adam(_network.parameters(), lr: 2e-3);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            double loss = await Task.Run(() => Epoch(optimizer), cancellationToken);
            using var weights = new MemoryStream();
            _network.save(weights);
            yield return new Checkpoint(epoch, loss, weights.ToArray());
        }
    }

    /// <summary>Judges a checkpoint on the held-out images, while the training goes on.</summary>
    /// <param name="weights">The checkpoint's weights.</param>
    /// <returns>The share of images named correctly, 0..1.</returns>
    public double Evaluate(byte[] weights)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var network = ConvolutionalNetwork.Create(_channels);
        using var stream = new MemoryStream(weights);
        network.load(stream);
        network.eval();
        torch.Tensor named = network.forward(_heldOut.Pixels).argmax(1);
        return named.eq(_heldOut.Labels).to(torch.ScalarType.Float64).mean().item<double>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _network.Dispose();
        _training.Dispose();
        _heldOut.Dispose();
    }

    private double Epoch(torch.optim.Optimizer optimizer)
    {
        using var scope = torch.NewDisposeScope();
        _network.train();
        torch.Tensor order = torch.randperm(_training.Labels.shape[0]);
        double loss = 0;
        torch.Tensor[] batches = order.split(BatchSize);
        foreach (torch.Tensor batch in batches)
        {
            optimizer.zero_grad();
            torch.Tensor error = functional.cross_entropy(
                _network.forward(_training.Pixels.index_select(0, batch)), _training.Labels.index_select(0, batch));
            error.backward();
            optimizer.step();
            loss += error.item<float>();
        }

        return loss / batches.Length;
    }
}
