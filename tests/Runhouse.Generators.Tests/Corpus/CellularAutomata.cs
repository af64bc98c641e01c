// A hobby project that became a paper: Life-like rules at scale, packed 64 cells to a word, with a census of what survives.
using System.Numerics;
using System.Text;

namespace Corpus.CellularAutomata;

/// <summary>A rule such as B3/S23. The slash separates births from survivals.</summary>
public readonly record struct Rule(ushort Births, ushort Survivals)
{
    public static Rule Life { get; } = Parse("B3/S23");

    public static Rule HighLife { get; } = Parse("B36/S23");

    public static Rule Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts is not [['B' or 'b', .. var births], ['S' or 's', .. var survivals]])
            throw new FormatException($"'{text}' is not a rule. Write births and survivals: B3/S23");
        return new Rule(Mask(births), Mask(survivals));

        static ushort Mask(string digits)
        {
            int mask = 0;
            foreach (char digit in digits)
                mask |= char.IsBetween(digit, '0', '8') ? 1 << (digit - '0') : throw new FormatException($"'{digit}' is no number of neighbours.");
            return (ushort)mask;
        }
    }

    public override string ToString() => $"B{Digits(Births)}/S{Digits(Survivals)}";

    private static string Digits(ushort mask) => string.Concat(Enumerable.Range(0, 9).Where(i => (mask & (1 << i)) != 0));
}

/// <summary>A torus of cells. Width is a multiple of 64.</summary>
public sealed class World
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    public required ulong[] Words { get; set; }

    public long Population => Words.Sum(static word => (long)BitOperations.PopCount(word));

    public static World Random(int width, int height, double density, int seed)
    {
        if (width % 64 != 0)
            throw new ArgumentOutOfRangeException(nameof(width), width, "The width must be a multiple of 64.");
        var random = new Random(seed);
        var words = new ulong[width / 64 * height];
        for (int i = 0; i < words.Length * 64; i++)
        {
            if (random.NextDouble() < density)
                words[i >> 6] |= 1UL << (i & 63);
        }

        return new World { Width = width, Height = height, Words = words };
    }
}

public sealed record Generation(long Number, long Population, long Births, long Deaths);

public sealed record SurveyResult(Rule Rule, int Worlds, double MeanFinalDensity, double MeanGenerationsToSettle);

internal sealed class LifeEngine(World world, Rule rule)
{
    private readonly int _wordsPerRow = world.Width / 64;
    private ulong[] _next = new ulong[world.Words.Length];

    public (long Births, long Deaths) Step()
    {
        long births = 0, deaths = 0;
        Parallel.For(0, world.Height, () => (Births: 0L, Deaths: 0L), (y, _, local) =>
        {
            ReadOnlySpan<ulong> above = Row((y + world.Height - 1) % world.Height);
            ReadOnlySpan<ulong> here = Row(y);
            ReadOnlySpan<ulong> below = Row((y + 1) % world.Height);
            for (int x = 0; x < _wordsPerRow; x++)
            {
                ulong before = here[x];
                ulong after = NextWord(above, here, below, x);
                _next[(y * _wordsPerRow) + x] = after;
                local.Births += BitOperations.PopCount(after & ~before);
                local.Deaths += BitOperations.PopCount(before & ~after);
            }

            return local;
        }, local =>
        {
            Interlocked.Add(ref births, local.Births);
            Interlocked.Add(ref deaths, local.Deaths);
        });
        (world.Words, _next) = (_next, world.Words);
        return (births, deaths);
    }

    private ReadOnlySpan<ulong> Row(int y) => world.Words.AsSpan(y * _wordsPerRow, _wordsPerRow);

    private ulong NextWord(ReadOnlySpan<ulong> above, ReadOnlySpan<ulong> here, ReadOnlySpan<ulong> below, int x)
    {
        // Adds the eight neighbours of 64 cells at once, in four bit planes.
        ulong ones = 0, twos = 0, fours = 0, eights = 0;
        Add(Left(above, x));
        Add(above[x]);
        Add(Right(above, x));
        Add(Left(here, x));
        Add(Right(here, x));
        Add(Left(below, x));
        Add(below[x]);
        Add(Right(below, x));

        ulong alive = here[x], result = 0;
        for (int count = 0; count <= 8; count++)
        {
            ulong isCount = ((count & 1) != 0 ? ones : ~ones) & ((count & 2) != 0 ? twos : ~twos)
                & ((count & 4) != 0 ? fours : ~fours) & ((count & 8) != 0 ? eights : ~eights);
            if ((rule.Births & (1 << count)) != 0)
                result |= isCount & ~alive;
            if ((rule.Survivals & (1 << count)) != 0)
                result |= isCount & alive;
        }

        return result;

        void Add(ulong plane)
        {
            ulong carry = ones & plane;
            ones ^= plane;
            ulong carry2 = twos & carry;
            twos ^= carry;
            ulong carry4 = fours & carry2;
            fours ^= carry2;
            eights ^= carry4;
        }
    }

    private static ulong Left(ReadOnlySpan<ulong> row, int x) => (row[x] << 1) | (row[(x + row.Length - 1) % row.Length] >> 63);

    private static ulong Right(ReadOnlySpan<ulong> row, int x) => (row[x] >> 1) | (row[(x + 1) % row.Length] << 63);
}

[Remote(Cpus = "4+", Concurrency = 1)]
public sealed class Universe(World world, string ruleText)
{
    private readonly LifeEngine _engine = new(world, Rule.Parse(ruleText));
    private long _generation;

    public async IAsyncEnumerable<Generation> EvolveAsync(int generations)
    {
        for (int i = 0; i < generations; i++)
        {
            (long births, long deaths) = await Task.Run(_engine.Step);
            yield return new Generation(++_generation, world.Population, births, deaths);
        }
    }

    public string Render(int left, int top, int width, int height)
    {
        var text = new StringBuilder(height * (width + 1));
        for (int y = top; y < top + height; y++)
        {
            for (int x = left; x < left + width; x++)
                text.Append((world.Words[((y % world.Height) * world.Width + (x % world.Width)) >> 6] >> (x & 63) & 1) != 0 ? '#' : '.');
            text.Append('\n');
        }

        return text.ToString();
    }
}

public static class Survey
{
    private const int LimitOfGenerations = 20_000;

    [Remote(Cpus = "2+")]
    public static async Task<SurveyResult> ExploreAsync(Rule rule, int worlds, int size, int seed, CancellationToken cancellationToken = default)
    {
        double density = 0, generations = 0;
        for (int i = 0; i < worlds; i++)
        {
            (World final, int settled) = await Task.Run(() => Settle(rule, World.Random(size, size, 0.35, seed + i), cancellationToken), cancellationToken);
            density += (double)final.Population / (size * (long)size) / worlds;
            generations += (double)settled / worlds;
        }

        return new SurveyResult(rule, worlds, density, generations);
    }

    private static (World Final, int Settled) Settle(Rule rule, World world, CancellationToken cancellationToken)
    {
        var engine = new LifeEngine(world, rule);
        var recent = new Queue<long>();
        for (int generation = 1; generation <= LimitOfGenerations; generation++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            engine.Step();
            recent.Enqueue(world.Population);
            if (recent.Count > 60)
                recent.Dequeue();
            if (recent.Count == 60 && recent.Take(30).SequenceEqual(recent.Skip(30)))
                return (world, generation);
        }

        return (world, LimitOfGenerations);
    }

    public static async Task PrintAsync(IEnumerable<string> rules)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromHours(2));
        IEnumerable<Task<SurveyResult>> running = rules.Select(Rule.Parse).Select(rule => ExploreAsync(rule, 100, 512, seed: 1, patience.Token));
        await foreach (Task<SurveyResult> finished in Task.WhenEach(running))
        {
            SurveyResult result = await finished;
            Console.WriteLine($"{result.Rule,-16} settles after {result.MeanGenerationsToSettle,8:F0} generations at {result.MeanFinalDensity:P2}");
        }
    }
}
