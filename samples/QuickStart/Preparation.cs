using System.Globalization;
using System.IO.Compression;
using Runhouse;

namespace QuickStart;

/// <summary>Gets the data ready where it is used.</summary>
public static class Preparation
{
    // <prepare>

    /// <summary>Reads the images from the file that ships with this program, and splits them.</summary>
    [Remote(Cpus = "1+")]
    public static async Task<DigitSplit> PrepareAsync(int everyNthIsHeldOut, CancellationToken cancellationToken = default)
    {
        var training = (Pixels: new List<float>(), Labels: new List<byte>());
        var heldOut = (Pixels: new List<float>(), Labels: new List<byte>());

        await using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "digits.csv.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        for (int row = 0; await reader.ReadLineAsync(cancellationToken) is { } line; row++)
        {
            string[] columns = line.Split(',');
            var (pixels, labels) = row % everyNthIsHeldOut == 0 ? heldOut : training;
            foreach (string column in columns.AsSpan(0, Digits.PixelsPerImage))
                pixels.Add(float.Parse(column, CultureInfo.InvariantCulture) / 16);
            labels.Add(byte.Parse(columns[Digits.PixelsPerImage], CultureInfo.InvariantCulture));
        }

        Console.WriteLine($"prepared {training.Labels.Count} images to learn from and {heldOut.Labels.Count} to judge by, in process {Environment.ProcessId}");
        return new DigitSplit(new([.. training.Pixels], [.. training.Labels]), new([.. heldOut.Pixels], [.. heldOut.Labels]));
    }

    // </prepare>
}
