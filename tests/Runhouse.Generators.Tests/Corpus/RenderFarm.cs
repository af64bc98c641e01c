// A studio's render farm: a path tracer in tiles that arrive as they are done, progress to the artist, the frame written where asked.
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using Microsoft.Win32;

namespace Corpus.RenderFarm;

public readonly record struct Colour(float R, float G, float B)
{
    public static Colour operator +(Colour a, Colour b) => new(a.R + b.R, a.G + b.G, a.B + b.B);

    public static Colour operator *(Colour a, Colour b) => new(a.R * b.R, a.G * b.G, a.B * b.B);

    public static Colour operator *(Colour a, float scale) => new(a.R * scale, a.G * scale, a.B * scale);
}

public enum Surface
{
    Matte,
    Mirror,
    Glass,
    Light,
}

public sealed record Sphere(float X, float Y, float Z, float Radius, Colour Colour, Surface Surface);

public sealed record Camera(float[] Eye, float[] Target, float FieldOfViewDegrees);

public sealed record Scene(string Name, Camera Camera, IReadOnlyList<Sphere> Spheres, Colour Sky);

public sealed record RenderOptions(int Width, int Height, int SamplesPerPixel, int MaximumBounces = 6, int TileSize = 32);

public sealed record Tile(int X, int Y, int Width, int Height, byte[] Rgb);

public sealed record RenderProgress(int Done, int Total, string Host);

internal sealed class PathTracer(Scene scene, RenderOptions options)
{
    private readonly Vector3 _eye = new(scene.Camera.Eye);

    public Tile Render(int left, int top)
    {
        int width = Math.Min(options.TileSize, options.Width - left), height = Math.Min(options.TileSize, options.Height - top);
        var rgb = new byte[width * height * 3];
        var random = new Random(HashCode.Combine(scene.Name.Length, left, top));
        for (int i = 0; i < width * height; i++)
        {
            Colour sum = default;
            for (int sample = 0; sample < options.SamplesPerPixel; sample++)
                sum += Trace(_eye, Ray(left + (i % width) + random.NextSingle(), top + (i / width) + random.NextSingle()), random);
            sum *= 1f / options.SamplesPerPixel;
            (rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]) = (Gamma(sum.R), Gamma(sum.G), Gamma(sum.B));
        }

        return new Tile(left, top, width, height, rgb);

        static byte Gamma(float value) => (byte)(255 * MathF.Pow(Math.Clamp(value, 0, 1), 1 / 2.2f));
    }

    private Vector3 Ray(float x, float y)
    {
        Vector3 forward = Vector3.Normalize(new Vector3(scene.Camera.Target) - _eye), right = Vector3.Normalize(Vector3.Cross(forward, Vector3.UnitY)), up = Vector3.Cross(right, forward);
        float scale = MathF.Tan(float.DegreesToRadians(scene.Camera.FieldOfViewDegrees) / 2);
        float u = ((2 * x / options.Width) - 1) * scale * options.Width / options.Height, v = (1 - (2 * y / options.Height)) * scale;
        return Vector3.Normalize(forward + (right * u) + (up * v));
    }

    private Colour Trace(Vector3 origin, Vector3 direction, Random random)
    {
        var throughput = new Colour(1, 1, 1);
        for (int bounce = 0; bounce <= options.MaximumBounces; bounce++)
        {
            if (Nearest(origin, direction) is not var (distance, sphere))
                return throughput * scene.Sky;
            throughput *= sphere.Colour;
            if (sphere.Surface == Surface.Light)
                return throughput;
            Vector3 point = origin + (direction * distance), normal = Vector3.Normalize(point - Centre(sphere));
            bool inside = Vector3.Dot(normal, direction) > 0;
            normal = inside ? -normal : normal;
            direction = sphere.Surface switch
            {
                Surface.Mirror => Vector3.Reflect(direction, normal),
                Surface.Glass => Refract(direction, normal, inside ? 1.5f : 1 / 1.5f, random),
                _ => Vector3.Normalize(normal + Direction(random)),
            };
            origin = point + (direction * 1e-3f);
        }

        return default;
    }

    private (float Distance, Sphere Sphere)? Nearest(Vector3 origin, Vector3 direction)
    {
        (float Distance, Sphere Sphere)? nearest = null;
        foreach (Sphere sphere in scene.Spheres)
        {
            Vector3 offset = origin - Centre(sphere);
            float b = Vector3.Dot(offset, direction), discriminant = (b * b) - offset.LengthSquared() + (sphere.Radius * sphere.Radius);
            if (discriminant < 0)
                continue;
            float root = MathF.Sqrt(discriminant), distance = -b - root > 1e-3f ? -b - root : -b + root;
            if (distance > 1e-3f && (nearest is null || distance < nearest.Value.Distance))
                nearest = (distance, sphere);
        }

        return nearest;
    }

    private static Vector3 Refract(Vector3 direction, Vector3 normal, float ratio, Random random)
    {
        float cosine = -Vector3.Dot(direction, normal), k = 1 - (ratio * ratio * (1 - (cosine * cosine)));
        float fresnel = 0.04f + (0.96f * MathF.Pow(1 - cosine, 5));
        return k < 0 || random.NextSingle() < fresnel ? Vector3.Reflect(direction, normal) : Vector3.Normalize((direction * ratio) + (normal * ((ratio * cosine) - MathF.Sqrt(k))));
    }

    private static Vector3 Direction(Random random)
    {
        float z = (2 * random.NextSingle()) - 1, angle = 2 * MathF.PI * random.NextSingle(), ring = MathF.Sqrt(1 - (z * z));
        return new Vector3(ring * MathF.Cos(angle), ring * MathF.Sin(angle), z);
    }

    private static Vector3 Centre(Sphere sphere) => new(sphere.X, sphere.Y, sphere.Z);
}

/// <summary>Tunes the process for long renders, by whatever means its platform has.</summary>
internal static class Machine
{
    public static string Describe() => $"{RuntimeInformation.OSDescription} on {RuntimeInformation.ProcessArchitecture}, {ProcessorName()}";

    private static string ProcessorName()
    {
        if (OperatingSystem.IsWindows())
            return FromRegistry() ?? "unknown processor";
        const string CpuInfo = "/proc/cpuinfo";
        return OperatingSystem.IsLinux() && File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown processor"
            : "unknown processor";
    }

    [SupportedOSPlatform("windows")]
    private static string? FromRegistry() => Registry.GetValue(@"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\CentralProcessor\0", "ProcessorNameString", null) as string;
}

[Remote(Cpus = "32+", Memory = "16+")]
public sealed class Renderer(Scene scene, RenderOptions options, [FromServices] ILogger<Renderer> logger)
{
    private readonly PathTracer _tracer = new(scene, options);
    private int _done;

    public async IAsyncEnumerable<Tile> RenderAsync(IProgress<RenderProgress>? progress = null)
    {
        logger.LogInformation("Rendering {Scene} on {Machine}", scene.Name, Machine.Describe());
        (int Left, int Top)[] corners =
        [
            .. from top in Enumerable.Range(0, (options.Height + options.TileSize - 1) / options.TileSize)
               from left in Enumerable.Range(0, (options.Width + options.TileSize - 1) / options.TileSize)
               orderby Math.Abs((left * options.TileSize) - (options.Width / 2)) + Math.Abs((top * options.TileSize) - (options.Height / 2))
               select (left * options.TileSize, top * options.TileSize),
        ];
        await foreach (Task<Tile> finished in Task.WhenEach(corners.Select(corner => Task.Run(() => _tracer.Render(corner.Left, corner.Top)))))
        {
            progress?.Report(new RenderProgress(Interlocked.Increment(ref _done), corners.Length, RemoteContext.Current?.Host ?? "here"));
            yield return await finished;
        }
    }
}

public static class Studio
{
    public static async Task SaveAsync(Scene scene, RenderOptions options, string path, CancellationToken cancellationToken)
    {
        var image = new byte[options.Width * options.Height * 3];
        await using RendererRemote renderer = await Renderer.RemoteAsync(scene, options);
        var progress = new Progress<RenderProgress>(static step => Console.Error.Write($"\r{step.Done}/{step.Total} from {step.Host}"));
        await foreach (Tile tile in renderer.RenderAsync(progress, cancellationToken))
        {
            for (int row = 0; row < tile.Height; row++)
                tile.Rgb.AsSpan(row * tile.Width * 3, tile.Width * 3).CopyTo(image.AsSpan(3 * (((tile.Y + row) * options.Width) + tile.X)));
        }

        await using FileStream file = File.Create(path);
        await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"P6 {options.Width} {options.Height} 255\n"), cancellationToken);
        await file.WriteAsync(image, cancellationToken);
    }
}
