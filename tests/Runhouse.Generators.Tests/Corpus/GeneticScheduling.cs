// A university's timetable: a genetic algorithm with islands; each island is a remote object, and the best timetables migrate between them.
using System.Collections.Immutable;

namespace Corpus.GeneticScheduling;

public sealed record Course(string Code, string Lecturer, int Students, int HoursPerWeek, ImmutableArray<string> Groups);

public sealed record Room(string Name, int Seats, bool HasLab);

public sealed record Term(ImmutableArray<Course> Courses, ImmutableArray<Room> Rooms, int Slots);

public readonly record struct Gene(short Slot, short Room);

public sealed record Timetable(ImmutableArray<Gene> Genes, double Penalty) : IComparable<Timetable>
{
    public int CompareTo(Timetable? other) => other is null ? -1 : Penalty.CompareTo(other.Penalty);
}

public sealed record IslandOptions
{
    public int Population { get; init; } = 400;

    public double MutationRate { get; init; } = 0.02;

    public int TournamentSize { get; init; } = 5;

    public int Elite { get; init; } = 8;

    public required int Seed { get; init; }
}

internal sealed class Fitness(Term term)
{
    private const int Clash = 100;

    private readonly (int Course, int Hour)[] _lessons =
        [.. term.Courses.SelectMany(static (course, index) => Enumerable.Range(0, course.HoursPerWeek).Select(hour => (index, hour)))];

    public int Lessons => _lessons.Length;

    public double Penalty(ReadOnlySpan<Gene> genes)
    {
        var usedRooms = new HashSet<(short, short)>();
        var busyLecturers = new HashSet<(short, string)>();
        var busyGroups = new Dictionary<(short Slot, string Group), int>();
        double penalty = 0;
        for (int i = 0; i < genes.Length; i++)
        {
            (short slot, short room) = genes[i];
            Course course = term.Courses[_lessons[i].Course];
            penalty += usedRooms.Add((slot, room)) ? 0 : Clash;
            penalty += busyLecturers.Add((slot, course.Lecturer)) ? 0 : Clash;
            foreach (string group in course.Groups)
                penalty += busyGroups.TryAdd((slot, group), i) ? 0 : Clash;
            penalty += Math.Max(0, course.Students - term.Rooms[room].Seats);
            penalty += course.Code.EndsWith('L') && !term.Rooms[room].HasLab ? 50 : 0;
        }

        return penalty + Gaps(busyGroups.Keys);
    }

    private double Gaps(IEnumerable<(short Slot, string Group)> busy) => busy
        .GroupBy(static one => (one.Group, Day: one.Slot / 8), static one => (int)one.Slot)
        .Sum(static day => day.Max() - day.Min() + 1 - day.Count());
}

[Remote(Cpus = "4+")]
public sealed class Island : IAsyncDisposable
{
    private readonly IslandOptions _options;
    private readonly Fitness _fitness;
    private readonly Term _term;
    private readonly Random _random;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private List<Timetable> _population;

    public Island(Term term, IslandOptions options)
    {
        (_term, _options) = (term, options);
        _fitness = new Fitness(term);
        _random = new Random(options.Seed);
        _population = [.. Enumerable.Range(0, options.Population).Select(_ => Rate([.. Enumerable.Range(0, _fitness.Lessons).Select(_ => RandomGene())]))];
        _population.Sort();
    }

    public Timetable Best => _population[0];

    public async Task<Timetable> EvolveAsync(int generations, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await Task.Run(() =>
            {
                for (int i = 0; i < generations && _population[0].Penalty > 0; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    NextGeneration();
                }
            }, cancellationToken);
            return _population[0];
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task ReceiveAsync(IReadOnlyList<Timetable> migrants, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            _population.RemoveRange(_population.Count - migrants.Count, migrants.Count);
            _population.AddRange(migrants);
            _population.Sort();
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private void NextGeneration()
    {
        Gene[][] children = [.. Enumerable.Range(0, _options.Population - _options.Elite).Select(_ => Cross(Tournament(), Tournament()))];
        List<Timetable> next = [.. _population.Take(_options.Elite), .. children.AsParallel().Select(Rate)];
        next.Sort();
        _population = next;
    }

    private Timetable Tournament() => Enumerable.Range(0, _options.TournamentSize).Select(_ => _population[_random.Next(_population.Count)]).Min()!;

    private Gene[] Cross(Timetable mother, Timetable father)
    {
        int cut = _random.Next(mother.Genes.Length);
        Gene[] child = [.. mother.Genes.AsSpan()[..cut], .. father.Genes.AsSpan()[cut..]];
        for (int i = 0; i < child.Length; i++)
        {
            if (_random.NextDouble() < _options.MutationRate)
                child[i] = _random.Next(2) == 0 ? child[i] with { Slot = (short)_random.Next(_term.Slots) } : RandomGene();
        }

        return child;
    }

    private Gene RandomGene() => new((short)_random.Next(_term.Slots), (short)_random.Next(_term.Rooms.Length));

    private Timetable Rate(Gene[] genes) => new([.. genes], _fitness.Penalty(genes));
}

public sealed class Archipelago(Term term)
{
    public async Task<Timetable> SearchAsync(int islands, int epochs, CancellationToken cancellationToken)
    {
        IslandRemote[] remote = await Task.WhenAll(Enumerable.Range(1, islands).Select(seed => Island.RemoteAsync(term, new IslandOptions { Seed = seed })));
        try
        {
            Timetable best = await remote[0].GetBestAsync(cancellationToken);
            for (int epoch = 0; epoch < epochs && best.Penalty > 0; epoch++)
            {
                Timetable[] champions = await Task.WhenAll(remote.Select(island => island.EvolveAsync(generations: 50, cancellationToken)));
                await Task.WhenAll(remote.Select((island, i) => island.ReceiveAsync([champions[(i + 1) % islands]], cancellationToken)));
                best = champions.Append(best).Min()!;
                Console.WriteLine($"epoch {epoch}: penalty {best.Penalty:F1}");
            }

            return best;
        }
        finally
        {
            foreach (IslandRemote island in remote)
                await island.DisposeAsync();
        }
    }
}
