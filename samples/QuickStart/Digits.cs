namespace QuickStart;

/// <summary>Images of handwritten digits: 64 pixels in 0..1 each, one after the other, and a label per image.</summary>
/// <param name="Pixels">The pixels of all images; they travel as one block.</param>
/// <param name="Labels">The digit that each image shows.</param>
public sealed record Digits(float[] Pixels, byte[] Labels)
{
    /// <summary>Pixels per image.</summary>
    public const int PixelsPerImage = 64;

    /// <summary>The pixels of one image.</summary>
    /// <param name="index">The image.</param>
    public ReadOnlySpan<float> Image(int index) => Pixels.AsSpan(index * PixelsPerImage, PixelsPerImage);
}

/// <summary>The images to learn from, and those that no training sees.</summary>
/// <param name="Training">The images to learn from.</param>
/// <param name="HeldOut">The images to judge by.</param>
public sealed record DigitSplit(Digits Training, Digits HeldOut);
