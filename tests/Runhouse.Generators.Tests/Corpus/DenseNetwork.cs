// A churn predictor: a dense network with Adam and dropout, written from scratch and trained beside an accelerator's host cores.
using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Corpus.DenseNetwork;

public enum Activation
{
    Identity,
    Relu,
    Tanh,
    Sigmoid,
}

public sealed record LayerSpec(int Units, Activation Activation, float Dropout = 0);

public sealed record AdamOptions(float LearningRate = 1e-3f, float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f);

public sealed record TrainConfig
{
    public required IReadOnlyList<LayerSpec> Layers { get; init; }

    public AdamOptions Optimizer { get; init; } = new();

    public int BatchSize { get; init; } = 64;

    public int Seed { get; init; }

    public float EarlyStopDelta { get; init; } = 1e-4f;

    public int Patience { get; init; } = 5;
}

public sealed record Dataset(float[] Features, float[] Targets, int Width)
{
    public int Rows => Targets.Length;

    public ReadOnlySpan<float> Row(int index) => Features.AsSpan(index * Width, Width);
}

public sealed record EpochMetrics(int Epoch, double TrainingLoss, double ValidationLoss, TimeSpan Elapsed);

public sealed record Weights(float[][] Matrices, float[][] Biases);

internal static class Kernels
{
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
            sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        float sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    public static void AddScaled(ReadOnlySpan<float> values, float scale, Span<float> to)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + (new Vector<float>(values[i..]) * scale)).CopyTo(to[i..]);
        for (; i < values.Length; i++)
            to[i] += values[i] * scale;
    }
}

/// <summary>One fully connected layer, its last activations and the state of its optimizer.</summary>
internal sealed class DenseLayer
{
    private readonly LayerSpec _spec;
    private readonly int _inputs;
    private readonly float[] _weightGradient, _biasGradient, _weightMean, _weightVariance, _biasMean, _biasVariance;
    private readonly float[] _input, _error, _mask;

    public DenseLayer(int inputs, LayerSpec spec, Random random)
    {
        (_inputs, _spec) = (inputs, spec);
        Matrix = new float[inputs * spec.Units];
        Bias = new float[spec.Units];
        Output = new float[spec.Units];
        _weightGradient = new float[Matrix.Length];
        _weightMean = new float[Matrix.Length];
        _weightVariance = new float[Matrix.Length];
        _biasGradient = new float[spec.Units];
        _biasMean = new float[spec.Units];
        _biasVariance = new float[spec.Units];
        _input = new float[inputs];
        _error = new float[inputs];
        _mask = new float[spec.Units];
        float scale = MathF.Sqrt(2f / inputs);
        for (int i = 0; i < Matrix.Length; i++)
            Matrix[i] = scale * ((random.NextSingle() * 2) - 1);
    }

    public float[] Matrix { get; }

    public float[] Bias { get; }

    public float[] Output { get; }

    public void Forward(ReadOnlySpan<float> input, Random? dropout)
    {
        input.CopyTo(_input);
        for (int unit = 0; unit < _spec.Units; unit++)
        {
            float sum = Kernels.Dot(Matrix.AsSpan(unit * _inputs, _inputs), input) + Bias[unit];
            _mask[unit] = dropout is null || _spec.Dropout == 0 ? 1 : dropout.NextSingle() < _spec.Dropout ? 0 : 1 / (1 - _spec.Dropout);
            Output[unit] = _mask[unit] * _spec.Activation switch
            {
                Activation.Relu => MathF.Max(sum, 0),
                Activation.Tanh => MathF.Tanh(sum),
                Activation.Sigmoid => 1 / (1 + MathF.Exp(-sum)),
                _ => sum,
            };
        }
    }

    public ReadOnlySpan<float> Backward(ReadOnlySpan<float> outputError)
    {
        Array.Clear(_error);
        for (int unit = 0; unit < _spec.Units; unit++)
        {
            float y = Output[unit];
            float slope = _spec.Activation switch
            {
                Activation.Relu => y > 0 ? 1 : 0,
                Activation.Tanh => 1 - (y * y),
                Activation.Sigmoid => y * (1 - y),
                _ => 1f,
            };
            float delta = outputError[unit] * slope * _mask[unit];
            if (delta == 0)
                continue;
            Span<float> gradient = _weightGradient.AsSpan(unit * _inputs, _inputs);
            Kernels.AddScaled(_input, delta, gradient);
            Kernels.AddScaled(Matrix.AsSpan(unit * _inputs, _inputs), delta, _error);
            _biasGradient[unit] += delta;
        }

        return _error;
    }

    public void Update(AdamOptions adam, int step, int batch)
    {
        Adam(Matrix, _weightGradient, _weightMean, _weightVariance, adam, step, batch);
        Adam(Bias, _biasGradient, _biasMean, _biasVariance, adam, step, batch);
    }

    private static void Adam(float[] values, float[] gradient, float[] mean, float[] variance, AdamOptions adam, int step, int batch)
    {
        float correction1 = 1 - MathF.Pow(adam.Beta1, step);
        float correction2 = 1 - MathF.Pow(adam.Beta2, step);
        for (int i = 0; i < values.Length; i++)
        {
            float g = gradient[i] / batch;
            mean[i] = float.Lerp(g, mean[i], adam.Beta1);
            variance[i] = float.Lerp(g * g, variance[i], adam.Beta2);
            values[i] -= adam.LearningRate * (mean[i] / correction1) / (MathF.Sqrt(variance[i] / correction2) + adam.Epsilon);
        }

        Array.Clear(gradient);
    }
}

public interface IChurnModel
{
    Task<float[]> PredictAsync(float[] features, CancellationToken cancellationToken = default);

    Task<Weights> ExportAsync(CancellationToken cancellationToken = default);
}

[Remote(Gpu = "A10G", Memory = "16+")]
public sealed partial class ChurnModel : IChurnModel
{
    private readonly TrainConfig _config;
    private readonly int _width;
    private readonly List<DenseLayer> _layers = [];
    private readonly Random _random;
    private readonly ILogger<ChurnModel> _logger;
    private readonly TimeProvider _time;
    private int _step;

    public ChurnModel(int width, TrainConfig config, [FromServices] ILogger<ChurnModel> logger, [FromServices] TimeProvider time)
    {
        (_width, _config, _logger, _time) = (width, config, logger, time);
        _random = new Random(config.Seed);
        int inputs = width;
        foreach (LayerSpec spec in config.Layers)
        {
            _layers.Add(new DenseLayer(inputs, spec, _random));
            inputs = spec.Units;
        }
    }

    public async IAsyncEnumerable<EpochMetrics> TrainAsync(
        Dataset training, Dataset validation, int epochs, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        double best = double.MaxValue;
        int withoutProgress = 0;
        for (int epoch = 1; epoch <= epochs && withoutProgress < _config.Patience; epoch++)
        {
            long started = _time.GetTimestamp();
            double loss = await Task.Run(() => Epoch(training, cancellationToken), cancellationToken);
            double validationLoss = Evaluate(validation);
            withoutProgress = validationLoss < best - _config.EarlyStopDelta ? 0 : withoutProgress + 1;
            best = Math.Min(best, validationLoss);
            LogEpoch(_logger, epoch, loss, validationLoss);
            yield return new EpochMetrics(epoch, loss, validationLoss, _time.GetElapsedTime(started));
        }
    }

    public Task<float[]> PredictAsync(float[] features, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<float[]>([.. features.Chunk(_width).Select(row => Forward(row, dropout: null)[0])]);
    }

    public Task<Weights> ExportAsync(CancellationToken cancellationToken = default)
        => Task.FromResult(new Weights([.. _layers.Select(static layer => layer.Matrix)], [.. _layers.Select(static layer => layer.Bias)]));

    private double Epoch(Dataset data, CancellationToken cancellationToken)
    {
        int[] order = [.. Enumerable.Range(0, data.Rows)];
        _random.Shuffle(order);
        double loss = 0;
        Span<float> error = stackalloc float[1];
        foreach (int[] batch in order.Chunk(_config.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (int row in batch)
            {
                float predicted = Forward(data.Row(row), _random)[0];
                loss += CrossEntropy(predicted, data.Targets[row]);
                error[0] = (predicted - data.Targets[row]) / MathF.Max(predicted * (1 - predicted), 1e-6f);
                ReadOnlySpan<float> flowing = error;
                for (int i = _layers.Count - 1; i >= 0; i--)
                    flowing = _layers[i].Backward(flowing);
            }

            _step++;
            foreach (DenseLayer layer in _layers)
                layer.Update(_config.Optimizer, _step, batch.Length);
        }

        return loss / data.Rows;
    }

    private double Evaluate(Dataset data)
    {
        double loss = 0;
        for (int row = 0; row < data.Rows; row++)
            loss += CrossEntropy(Forward(data.Row(row), dropout: null)[0], data.Targets[row]);
        return loss / data.Rows;
    }

    private float[] Forward(ReadOnlySpan<float> row, Random? dropout)
    {
        ReadOnlySpan<float> flowing = row;
        foreach (DenseLayer layer in _layers)
        {
            layer.Forward(flowing, dropout);
            flowing = layer.Output;
        }

        return _layers[^1].Output;
    }

    private static double CrossEntropy(float predicted, float wanted)
    {
        double p = Math.Clamp(predicted, 1e-7, 1 - 1e-7);
        return -((wanted * Math.Log(p)) + ((1 - wanted) * Math.Log(1 - p)));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "epoch {Epoch}: loss {Loss}, validation {Validation}")]
    private static partial void LogEpoch(ILogger logger, int epoch, double loss, double validation);
}

public static class Retraining
{
    public static async Task<Weights> RunAsync(Dataset training, Dataset validation, ILogger logger, CancellationToken cancellationToken)
    {
        var config = new TrainConfig
        {
            Layers = [new(64, Activation.Relu, Dropout: 0.2f), new(16, Activation.Relu), new(1, Activation.Sigmoid)],
            Seed = 20,
        };
        await using ChurnModelRemote model = await ChurnModel.RemoteAsync(training.Width, config);
        await foreach (EpochMetrics epoch in model.TrainAsync(training, validation, epochs: 50, cancellationToken))
            logger.LogInformation("Epoch {Epoch} took {Elapsed}", epoch.Epoch, epoch.Elapsed);
        return await model.ExportAsync(cancellationToken);
    }
}
