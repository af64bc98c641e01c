using System.Globalization;
using System.IO.Compression;
using TorchSharp;

namespace FineTuning;

/// <summary>The digits as tensors, read from the file that ships with the program.</summary>
internal sealed class DigitImages : IDisposable
{
    private const int PixelsPerImage = 64;

    private DigitImages(List<float> pixels, List<long> labels)
    {
        Pixels = torch.tensor(pixels.ToArray()).reshape(labels.Count, 1, 8, 8);
        Labels = torch.tensor(labels.ToArray());
    }

    /// <summary>Images x 1 x 8 x 8, in 0..1.</summary>
    public torch.Tensor Pixels { get; }

    /// <summary>The digit that each image shows.</summary>
    public torch.Tensor Labels { get; }

    /// <summary>Reads the images to learn from and, every fifth, those to judge by.</summary>
    public static (DigitImages Training, DigitImages HeldOut) Load()
    {
        var training = (Pixels: new List<float>(), Labels: new List<long>());
        var heldOut = (Pixels: new List<float>(), Labels: new List<long>());
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "digits.csv.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        for (int row = 0; reader.ReadLine() is { } line; row++)
        {
            string[] columns = line.Split(',');
            var (pixels, labels) = row % 5 == 0 ? heldOut : training;
            pixels.AddRange(columns.Take(PixelsPerImage).Select(column => float.Parse(column, CultureInfo.InvariantCulture) / 16));
            labels.Add(long.Parse(columns[PixelsPerImage], CultureInfo.InvariantCulture));
        }

        return (new(training.Pixels, training.Labels), new(heldOut.Pixels, heldOut.Labels));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pixels.Dispose();
        Labels.Dispose();
    }
}
