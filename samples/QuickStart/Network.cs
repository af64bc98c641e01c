namespace QuickStart;

/// <summary>A network with one hidden layer of rectified linear units and a softmax over the ten digits.</summary>
/// <param name="Hidden">The hidden layer's weights, a row per unit, the bias last.</param>
/// <param name="Output">The output layer's weights, a row per digit, the bias last.</param>
public sealed record Network(float[] Hidden, float[] Output)
{
    /// <summary>The number of digits.</summary>
    public const int Classes = 10;

    private const int HiddenRow = Digits.PixelsPerImage + 1;

    /// <summary>The number of hidden units.</summary>
    public int Units => Hidden.Length / HiddenRow;

    /// <summary>A network with random weights, scaled as He et al. (2015) do for rectified units.</summary>
    /// <param name="units">The number of hidden units.</param>
    /// <param name="random">The source of the weights.</param>
    public static Network Random(int units, Random random)
    {
        return new Network(Layer(units, Digits.PixelsPerImage), Layer(Classes, units));

        float[] Layer(int rows, int inputs)
        {
            var weights = new float[rows * (inputs + 1)];
            double scale = Math.Sqrt(2.0 / inputs);
            for (int i = 0; i < weights.Length; i++)
            {
                bool isBias = i % (inputs + 1) == inputs;
                weights[i] = isBias ? 0 : (float)(scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }

            return weights;
        }
    }

    /// <summary>Computes the probabilities of the digits for one image.</summary>
    /// <param name="image">The pixels.</param>
    /// <param name="activations">Receives the hidden units' values; one per unit.</param>
    /// <param name="probabilities">Receives the probabilities; one per digit.</param>
    public void Forward(ReadOnlySpan<float> image, Span<float> activations, Span<float> probabilities)
    {
        for (int unit = 0; unit < activations.Length; unit++)
            activations[unit] = Math.Max(0, Row(Hidden, unit, image));
        float max = float.MinValue;
        for (int digit = 0; digit < Classes; digit++)
            max = Math.Max(max, probabilities[digit] = Row(Output, digit, activations));
        float sum = 0;
        for (int digit = 0; digit < Classes; digit++)
            sum += probabilities[digit] = MathF.Exp(probabilities[digit] - max);
        for (int digit = 0; digit < Classes; digit++)
            probabilities[digit] /= sum;

        static float Row(float[] weights, int row, ReadOnlySpan<float> inputs)
        {
            ReadOnlySpan<float> rowWeights = weights.AsSpan(row * (inputs.Length + 1), inputs.Length + 1);
            float sum = rowWeights[^1];
            for (int i = 0; i < inputs.Length; i++)
                sum += rowWeights[i] * inputs[i];
            return sum;
        }
    }

    /// <summary>The share of images whose digit the network names, and its mean cross-entropy.</summary>
    /// <param name="digits">The images.</param>
    public Evaluation Evaluate(Digits digits)
    {
        Span<float> activations = new float[Units];
        Span<float> probabilities = stackalloc float[Classes];
        double loss = 0;
        int correct = 0;
        for (int i = 0; i < digits.Labels.Length; i++)
        {
            Forward(digits.Image(i), activations, probabilities);
            loss -= Math.Log(Math.Max(probabilities[digits.Labels[i]], 1e-12f));
            int best = 0;
            for (int digit = 1; digit < Classes; digit++)
                best = probabilities[digit] > probabilities[best] ? digit : best;
            correct += best == digits.Labels[i] ? 1 : 0;
        }

        return new Evaluation(loss / digits.Labels.Length, (double)correct / digits.Labels.Length, digits.Labels.Length);
    }
}

/// <summary>How well a network does on a set of images.</summary>
/// <param name="Loss">The mean cross-entropy, in nats.</param>
/// <param name="Accuracy">The share of images named correctly, 0..1.</param>
/// <param name="Images">The number of images.</param>
public sealed record Evaluation(double Loss, double Accuracy, int Images);
