using Runhouse;

namespace RunhouseLib;

// Callers write: await using var model = await Model.RemoteAsync("weights.bin");
[Remote]
public sealed class Model(string weights)
{
    private readonly string _weights = weights;

    public Task<Prediction> PredictAsync(double[] features, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new Prediction(_weights, features.Sum()));
    }
}
