namespace QuickStart;

/// <summary>Stochastic gradient descent with momentum on small batches, over images that are shifted now and then.</summary>
/// <param name="network">The network to train; its weights change in place.</param>
/// <param name="random">Shuffles and shifts.</param>
public sealed class GradientDescent(Network network, Random random)
{
    private const int BatchSize = 32;
    private const float Momentum = 0.9f;
    private const float Decay = 1e-4f;

    private readonly float[] _hiddenVelocity = new float[network.Hidden.Length];
    private readonly float[] _outputVelocity = new float[network.Output.Length];
    private readonly float[] _hiddenGradient = new float[network.Hidden.Length];
    private readonly float[] _outputGradient = new float[network.Output.Length];

    /// <summary>Goes once over the images.</summary>
    /// <param name="digits">The images to learn from.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <returns>The mean cross-entropy, in nats.</returns>
    public double Epoch(Digits digits, float rate, CancellationToken cancellationToken)
    {
        int[] order = [.. Enumerable.Range(0, digits.Labels.Length)];
        random.Shuffle(order);
        double loss = 0;
        foreach (int[] batch in order.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (int image in batch)
                loss += Accumulate(Shifted(digits.Image(image)), digits.Labels[image]);
            Step(network.Hidden, _hiddenGradient, _hiddenVelocity, rate / batch.Length);
            Step(network.Output, _outputGradient, _outputVelocity, rate / batch.Length);
        }

        return loss / order.Length;
    }

    private double Accumulate(ReadOnlySpan<float> image, int label)
    {
        int units = network.Units;
        Span<float> activations = stackalloc float[units];
        Span<float> errors = stackalloc float[Network.Classes];
        network.Forward(image, activations, errors);
        double loss = -Math.Log(Math.Max(errors[label], 1e-12f));
        errors[label] -= 1;

        Span<float> hiddenErrors = stackalloc float[units];
        for (int digit = 0; digit < Network.Classes; digit++)
        {
            Span<float> gradient = _outputGradient.AsSpan(digit * (units + 1), units + 1);
            ReadOnlySpan<float> weights = network.Output.AsSpan(digit * (units + 1), units);
            for (int unit = 0; unit < units; unit++)
            {
                gradient[unit] += errors[digit] * activations[unit];
                hiddenErrors[unit] += errors[digit] * weights[unit];
            }

            gradient[units] += errors[digit];
        }

        for (int unit = 0; unit < units; unit++)
        {
            if (activations[unit] <= 0)
                continue;
            Span<float> gradient = _hiddenGradient.AsSpan(unit * (image.Length + 1), image.Length + 1);
            for (int pixel = 0; pixel < image.Length; pixel++)
                gradient[pixel] += hiddenErrors[unit] * image[pixel];
            gradient[image.Length] += hiddenErrors[unit];
        }

        return loss;
    }

    private static void Step(float[] weights, float[] gradient, float[] velocity, float rate)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            velocity[i] = (Momentum * velocity[i]) - (rate * gradient[i]) - (rate * Decay * weights[i]);
            weights[i] += velocity[i];
            gradient[i] = 0;
        }
    }

    /// <summary>The image, every fourth time moved sideways by up to a pixel: handwriting is not centred.</summary>
    private ReadOnlySpan<float> Shifted(ReadOnlySpan<float> image)
    {
        const int Side = 8;
        int right = random.Next(4) == 0 ? random.Next(-1, 2) : 0;
        if (right == 0)
            return image;
        var shifted = new float[image.Length];
        for (int y = 0; y < Side; y++)
        {
            for (int x = Math.Max(0, right); x < Math.Min(Side, Side + right); x++)
                shifted[(y * Side) + x] = image[(y * Side) + x - right];
        }

        return shifted;
    }
}
