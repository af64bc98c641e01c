// A photo service's pipeline: decode BMP, blur, sharpen, find edges, resize with Lanczos, and write PNG, all without a native library.
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace Corpus.ImageFilters;

public sealed record Image(int Width, int Height, byte[] Rgb)
{
    public static Image Blank(int width, int height) => new(width, height, new byte[width * height * 3]);
}

public enum EdgeMethod
{
    Sobel,
    Scharr,
    Laplacian,
}

public sealed record Thumbnail(int Width, byte[] Png, string MediaType = "image/png");

public sealed record Rendition(string Name, int Width, float Sharpening = 0, bool Grayscale = false);

public sealed class ImageFormatException(string message) : FormatException(message);

internal static class Kernel
{
    public static float[] Gaussian(float sigma)
    {
        int radius = (int)MathF.Ceiling(3 * sigma);
        var weights = new float[(2 * radius) + 1];
        for (int i = -radius; i <= radius; i++)
            weights[i + radius] = MathF.Exp(-i * i / (2 * sigma * sigma));
        float sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }

    public static float Lanczos(float x, int lobes = 3)
    {
        if (x == 0)
            return 1;
        if (MathF.Abs(x) >= lobes)
            return 0;
        float px = MathF.PI * x;
        return lobes * MathF.Sin(px) * MathF.Sin(px / lobes) / (px * px);
    }
}

public static class Filters
{
    public static Image Blur(Image image, float sigma)
    {
        float[] kernel = Kernel.Gaussian(sigma);
        return Convolve(Convolve(image, kernel, horizontal: true), kernel, horizontal: false);
    }

    public static Image UnsharpMask(Image image, float amount)
    {
        Image blurred = Blur(image, 1.2f);
        Image result = Image.Blank(image.Width, image.Height);
        for (int i = 0; i < image.Rgb.Length; i++)
            result.Rgb[i] = Saturate(image.Rgb[i] + (amount * (image.Rgb[i] - blurred.Rgb[i])));
        return result;
    }

    /// <summary>ITU-R BT.709 luma.</summary>
    public static Image Grayscale(Image image)
    {
        Image result = Image.Blank(image.Width, image.Height);
        for (int i = 0; i < image.Rgb.Length; i += 3)
        {
            byte luma = Saturate((0.2126f * image.Rgb[i]) + (0.7152f * image.Rgb[i + 1]) + (0.0722f * image.Rgb[i + 2]));
            result.Rgb.AsSpan(i, 3).Fill(luma);
        }

        return result;
    }

    public static Image Edges(Image image, EdgeMethod method)
    {
        ReadOnlySpan<int> kernel = method switch
        {
            EdgeMethod.Sobel => [-1, 0, 1, -2, 0, 2, -1, 0, 1],
            EdgeMethod.Scharr => [-3, 0, 3, -10, 0, 10, -3, 0, 3],
            EdgeMethod.Laplacian => [0, 1, 0, 1, -4, 1, 0, 1, 0],
            _ => throw new ArgumentOutOfRangeException(nameof(method)),
        };
        int[] weights = kernel.ToArray();
        Image gray = Grayscale(image);
        Image result = Image.Blank(image.Width, image.Height);
        Parallel.For(1, image.Height - 1, y =>
        {
            for (int x = 1; x < image.Width - 1; x++)
            {
                int gx = 0, gy = 0;
                for (int k = 0; k < 9; k++)
                {
                    int value = gray.Rgb[3 * (((y + (k / 3) - 1) * image.Width) + x + (k % 3) - 1)];
                    gx += weights[k] * value;
                    gy += weights[(k % 3 * 3) + (k / 3)] * value;
                }

                byte strength = Saturate(method == EdgeMethod.Laplacian ? Math.Abs(gx) : MathF.Sqrt((gx * gx) + (gy * gy)));
                result.Rgb.AsSpan(3 * ((y * image.Width) + x), 3).Fill(strength);
            }
        });
        return result;
    }

    public static Image Resize(Image image, int width)
    {
        int height = Math.Max(1, (int)Math.Round((double)image.Height * width / image.Width));
        return ResizeAxis(ResizeAxis(image, width, horizontal: true), height, horizontal: false);
    }

    private static Image ResizeAxis(Image image, int size, bool horizontal)
    {
        Image result = horizontal ? Image.Blank(size, image.Height) : Image.Blank(image.Width, size);
        int length = horizontal ? image.Width : image.Height;
        float scale = (float)length / size, support = 3 * MathF.Max(scale, 1);
        Parallel.For(0, size, at =>
        {
            float centre = ((at + 0.5f) * scale) - 0.5f;
            int first = Math.Max(0, (int)MathF.Ceiling(centre - support)), last = Math.Min(length - 1, (int)(centre + support));
            float[] weights = [.. Enumerable.Range(first, last - first + 1).Select(i => Kernel.Lanczos((i - centre) / MathF.Max(scale, 1)))];
            float total = weights.Sum();
            int lines = horizontal ? image.Height : image.Width;
            for (int line = 0; line < lines; line++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    float sum = 0;
                    for (int i = first; i <= last; i++)
                        sum += weights[i - first] * image.Rgb[Offset(image, line, i, horizontal) + channel];
                    result.Rgb[Offset(result, line, at, horizontal) + channel] = Saturate(sum / total);
                }
            }
        });
        return result;
    }

    private static Image Convolve(Image image, float[] kernel, bool horizontal)
    {
        Image result = Image.Blank(image.Width, image.Height);
        int lines = horizontal ? image.Height : image.Width, length = horizontal ? image.Width : image.Height, radius = kernel.Length / 2;
        Parallel.For(0, lines, line =>
        {
            for (int at = 0; at < length; at++)
            {
                for (int channel = 0; channel < 3; channel++)
                {
                    float sum = 0;
                    for (int k = 0; k < kernel.Length; k++)
                        sum += kernel[k] * image.Rgb[Offset(image, line, Math.Clamp(at + k - radius, 0, length - 1), horizontal) + channel];
                    result.Rgb[Offset(result, line, at, horizontal) + channel] = Saturate(sum);
                }
            }
        });
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Offset(Image image, int line, int at, bool horizontal) => 3 * (horizontal ? (line * image.Width) + at : (at * image.Width) + line);

    private static byte Saturate(float value) => (byte)Math.Clamp(MathF.Round(value), 0, 255);
}

public static class Bitmaps
{
    public static Image Read(ReadOnlySpan<byte> file)
    {
        if (file is not [(byte)'B', (byte)'M', ..])
            throw new ImageFormatException("The file does not begin with 'BM': it is no bitmap.");
        int offset = BinaryPrimitives.ReadInt32LittleEndian(file[10..]);
        int width = BinaryPrimitives.ReadInt32LittleEndian(file[18..]), height = BinaryPrimitives.ReadInt32LittleEndian(file[22..]);
        short bits = BinaryPrimitives.ReadInt16LittleEndian(file[28..]);
        if (bits != 24)
            throw new ImageFormatException($"The bitmap has {bits} bits per pixel; only 24 are supported.");
        Image image = Image.Blank(width, Math.Abs(height));
        int stride = ((width * 3) + 3) & ~3;
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = file.Slice(offset + ((height > 0 ? image.Height - 1 - y : y) * stride), width * 3);
            for (int x = 0; x < width; x++)
                (image.Rgb[3 * ((y * width) + x)], image.Rgb[(3 * ((y * width) + x)) + 1], image.Rgb[(3 * ((y * width) + x)) + 2]) = (row[(3 * x) + 2], row[(3 * x) + 1], row[3 * x]);
        }

        return image;
    }
}

public static class PngWriter
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    public static byte[] Write(Image image)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = 2;
        header[10..].Clear();
        WriteChunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < image.Height; y++)
            {
                deflate.WriteByte(0);
                deflate.Write(image.Rgb, y * image.Width * 3, image.Width * 3);
            }
        }

        WriteChunk(file, "IDAT"u8, packed.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(Crc(uint.MaxValue, type), data) ^ uint.MaxValue);
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return crc;
    }
}

public static class Renditions
{
    [Remote(Cpus = "4+")]
    public static async Task<IReadOnlyDictionary<string, Thumbnail>> RenderAsync(byte[] bitmap, IReadOnlyList<Rendition> renditions, CancellationToken cancellationToken = default)
    {
        Image original = Bitmaps.Read(bitmap);
        var made = new Dictionary<string, Thumbnail>();
        foreach (Rendition rendition in renditions)
            made[rendition.Name] = await Task.Run(() => Render(original, rendition), cancellationToken);
        return made;
    }

    [Remote(Cpus = "4+")]
    public static async IAsyncEnumerable<byte[]> EdgesAsync(
        IAsyncEnumerable<byte[]> bitmaps, EdgeMethod method, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (byte[] bitmap in bitmaps.WithCancellation(cancellationToken))
            yield return PngWriter.Write(Filters.Edges(Filters.Blur(Bitmaps.Read(bitmap), sigma: 1), method));
    }

    public static async Task RenderFolderAsync(string source, string target, CancellationToken cancellationToken)
    {
        Rendition[] renditions = [new("large", 2048), new("small", 320, Sharpening: 0.6f), new("print", 1200, Grayscale: true)];
        var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Directory.EnumerateFiles(source, "*.bmp"), options, async (file, token) =>
        {
            byte[] bitmap = await File.ReadAllBytesAsync(file, token);
            foreach ((string name, Thumbnail thumbnail) in await RenderAsync(bitmap, renditions, token))
                await File.WriteAllBytesAsync(Path.Combine(target, $"{Path.GetFileNameWithoutExtension(file)}-{name}.png"), thumbnail.Png, token);
        });
    }

    private static Thumbnail Render(Image image, Rendition rendition)
    {
        Image resized = Filters.Resize(rendition.Grayscale ? Filters.Grayscale(image) : image, Math.Min(rendition.Width, image.Width));
        return new Thumbnail(resized.Width, PngWriter.Write(rendition.Sharpening > 0 ? Filters.UnsharpMask(resized, rendition.Sharpening) : resized));
    }
}
