// An astronomy group's star cluster: gravity by a Barnes-Hut tree, integrated by leapfrog, followed live by the caller.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Corpus.NBody;

/// <summary>Positions in parsec, velocities in km/s, masses in suns.</summary>
public sealed record Stars(float[] Mass, Vector3State[] Position, Vector3State[] Velocity)
{
    public int Count => Mass.Length;
}

public readonly record struct Vector3State(float X, float Y, float Z)
{
    public static implicit operator Vector3(Vector3State state) => new(state.X, state.Y, state.Z);

    public static implicit operator Vector3State(Vector3 vector) => new(vector.X, vector.Y, vector.Z);
}

public sealed record Snapshot(int Step, double Time, double KineticEnergy, double PotentialEnergy, Vector3State CentreOfMass)
{
    public double VirialRatio => -2 * KineticEnergy / PotentialEnergy;
}

public sealed record IntegratorOptions
{
    public float TimeStep { get; init; } = 0.001f;

    public float Softening { get; init; } = 0.01f;

    public float OpeningAngle { get; init; } = 0.6f;

    public int StepsPerSnapshot { get; init; } = 50;
}

/// <summary>A node of the octree: the mass in a cube and where its centre is.</summary>
internal sealed class Cell(Vector3 centre, float halfSize)
{
    private const int Capacity = 1;

    private readonly Cell?[] _children = new Cell?[8];
    private Vector3 _weighted;
    private int _count;
    private Vector3 _onlyPosition;
    private float _onlyMass;

    public float Mass { get; private set; }

    public Vector3 CentreOfMass => _weighted / Mass;

    public void Insert(Vector3 position, float mass, int depth = 0)
    {
        if (_count == 0)
        {
            (_onlyPosition, _onlyMass) = (position, mass);
        }
        else if (depth < 48)
        {
            if (_count == Capacity)
                ChildFor(_onlyPosition).Insert(_onlyPosition, _onlyMass, depth + 1);
            ChildFor(position).Insert(position, mass, depth + 1);
        }

        _count++;
        Mass += mass;
        _weighted += position * mass;
    }

    public Vector3 Acceleration(Vector3 at, float openingAngle, float softening, ref double potential)
    {
        Vector3 offset = CentreOfMass - at;
        float squared = offset.LengthSquared();
        bool isFar = halfSize * halfSize * 4 < openingAngle * openingAngle * squared;
        if (_count == Capacity || isFar)
        {
            if (squared == 0)
                return Vector3.Zero;
            float inverse = 1 / MathF.Sqrt(squared + (softening * softening));
            potential -= Mass * inverse;
            return offset * (Mass * inverse * inverse * inverse);
        }

        Vector3 sum = Vector3.Zero;
        foreach (Cell? child in _children)
        {
            if (child is not null)
                sum += child.Acceleration(at, openingAngle, softening, ref potential);
        }

        return sum;
    }

    private Cell ChildFor(Vector3 position)
    {
        int index = (position.X >= centre.X ? 1 : 0) | (position.Y >= centre.Y ? 2 : 0) | (position.Z >= centre.Z ? 4 : 0);
        float quarter = halfSize / 2;
        var direction = new Vector3((index & 1) == 0 ? -quarter : quarter, (index & 2) == 0 ? -quarter : quarter, (index & 4) == 0 ? -quarter : quarter);
        return _children[index] ??= new Cell(centre + direction, quarter);
    }
}

[Remote(Cpus = "32+", Memory = "16+")]
public sealed class ClusterSimulation(Stars initial, IntegratorOptions options)
{
    private readonly Vector3[] _positions = [.. initial.Position.Select(static state => (Vector3)state)];
    private readonly Vector3[] _velocities = [.. initial.Velocity.Select(static state => (Vector3)state)];
    private readonly Vector3[] _accelerations = new Vector3[initial.Count];
    private readonly double[] _potentials = new double[initial.Count];
    private int _step;

    /// <summary>Goes on from where the last call stopped.</summary>
    public async IAsyncEnumerable<Snapshot> RunAsync(int snapshots, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < snapshots; i++)
        {
            await Task.Run(() => Advance(options.StepsPerSnapshot, cancellationToken), cancellationToken);
            yield return Measure();
        }
    }

    public Task<Stars> ExportAsync() => Task.FromResult(new Stars(
        initial.Mass,
        [.. _positions.Select(static position => (Vector3State)position)],
        [.. _velocities.Select(static velocity => (Vector3State)velocity)]));

    private void Advance(int steps, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { CancellationToken = cancellationToken };
        float half = options.TimeStep / 2;
        for (int step = 0; step < steps; step++, _step++)
        {
            if (_step == 0)
                ComputeForces(parallel);
            for (int i = 0; i < _positions.Length; i++)
            {
                _velocities[i] += _accelerations[i] * half;
                _positions[i] += _velocities[i] * options.TimeStep;
            }

            ComputeForces(parallel);
            for (int i = 0; i < _positions.Length; i++)
                _velocities[i] += _accelerations[i] * half;
        }
    }

    private void ComputeForces(ParallelOptions parallel)
    {
        float extent = _positions.Max(static position => MathF.Max(MathF.Abs(position.X), MathF.Max(MathF.Abs(position.Y), MathF.Abs(position.Z))));
        var root = new Cell(Vector3.Zero, MathF.BitIncrement(extent));
        for (int i = 0; i < _positions.Length; i++)
            root.Insert(_positions[i], initial.Mass[i]);
        Parallel.For(0, _positions.Length, parallel, i =>
        {
            double potential = 0;
            _accelerations[i] = root.Acceleration(_positions[i], options.OpeningAngle, options.Softening, ref potential);
            _potentials[i] = potential;
        });
    }

    private Snapshot Measure()
    {
        double kinetic = 0, potential = 0;
        Vector3 centre = Vector3.Zero;
        float total = 0;
        for (int i = 0; i < _positions.Length; i++)
        {
            float mass = initial.Mass[i];
            kinetic += mass * _velocities[i].LengthSquared() / 2;
            potential += mass * _potentials[i] / 2;
            centre += _positions[i] * mass;
            total += mass;
        }

        return new Snapshot(_step, _step * options.TimeStep, kinetic, potential, centre / total);
    }
}

public static class PlummerSphere
{
    /// <summary>Samples a Plummer model: Aarseth, Henon and Wielen (1974).</summary>
    public static Stars Sample(int count, int seed)
    {
        var random = new Random(seed);
        var mass = new float[count];
        var position = new Vector3State[count];
        var velocity = new Vector3State[count];
        for (int i = 0; i < count; i++)
        {
            mass[i] = 1f / count;
            float radius = 1 / MathF.Sqrt(MathF.Pow(random.NextSingle() + 1e-6f, -2f / 3) - 1);
            position[i] = Direction(random) * MathF.Min(radius, 10);
            float q, g;
            do
            {
                q = random.NextSingle();
                g = random.NextSingle() * 0.1f;
            }
            while (g > q * q * MathF.Pow(1 - (q * q), 3.5f));
            velocity[i] = Direction(random) * (q * MathF.Sqrt(2) * MathF.Pow(1 + (radius * radius), -0.25f));
        }

        return new Stars(mass, position, velocity);
    }

    private static Vector3 Direction(Random random)
    {
        float z = (2 * random.NextSingle()) - 1;
        (float sin, float cos) = MathF.SinCos(2 * MathF.PI * random.NextSingle());
        float ring = MathF.Sqrt(1 - (z * z));
        return new Vector3(ring * cos, ring * sin, z);
    }
}

public static class Observatory
{
    public static async Task<Stars> WatchCollapseAsync(int stars, CancellationToken cancellationToken)
    {
        await using var simulation = await ClusterSimulation.RemoteAsync(PlummerSphere.Sample(stars, seed: 7), new IntegratorOptions { OpeningAngle = 0.5f });
        await foreach (Snapshot snapshot in simulation.RunAsync(snapshots: 200, cancellationToken))
        {
            Console.WriteLine($"t = {snapshot.Time:F3}  E = {snapshot.KineticEnergy + snapshot.PotentialEnergy:E4}  2T/|W| = {snapshot.VirialRatio:F3}");
            if (snapshot.VirialRatio is > 0.98 and < 1.02)
                break;
        }

        return await simulation.ExportAsync(cancellationToken);
    }
}
