// Thermal design of a circuit board: the two-dimensional heat equation by ADI, with materials, sources and a field that can be fetched at any time.
namespace Corpus.HeatEquation;

public enum Material
{
    Air,
    Copper,
    Fr4,
    Silicon,
}

public sealed record Rectangle(int Left, int Top, int Width, int Height)
{
    public bool Contains(int x, int y) => x >= Left && x < Left + Width && y >= Top && y < Top + Height;
}

public sealed record Component(string Name, Rectangle Area, Material Material, double Watts = 0);

public sealed record Board(int Columns, int Rows, double CellMillimetres, double AmbientCelsius, IReadOnlyList<Component> Components);

public sealed record HotSpot(string Component, double Celsius, int X, int Y);

public sealed record ThermalState(double Seconds, double[,] Celsius, IReadOnlyList<HotSpot> HotSpots);

public sealed class DesignRuleException : Exception
{
    public DesignRuleException(string message)
        : base(message)
    {
    }

    public string? Component { get; init; }

    public double LimitCelsius { get; init; }
}

/// <summary>Heat conductivity in W/(m K) and volumetric heat capacity in J/(m3 K), from Incropera, Fundamentals of Heat and Mass Transfer.</summary>
internal static class Materials
{
    private static readonly Dictionary<Material, (double Conductivity, double Capacity)> Table = new()
    {
        [Material.Air] = (0.026, 1.2e3),
        [Material.Copper] = (401, 3.45e6),
        [Material.Fr4] = (0.3, 1.8e6),
        [Material.Silicon] = (148, 1.66e6),
    };

    public static double Diffusivity(Material material)
    {
        (double conductivity, double capacity) = Table[material];
        return conductivity / capacity;
    }

    public static double Capacity(Material material) => Table[material].Capacity;
}

/// <summary>The Thomas algorithm for one line of the grid.</summary>
internal sealed class TridiagonalSolver(int length)
{
    private readonly double[] _scratch = new double[length];

    public void Solve(ReadOnlySpan<double> lower, ReadOnlySpan<double> diagonal, ReadOnlySpan<double> upper, Span<double> values)
    {
        _scratch[0] = upper[0] / diagonal[0];
        values[0] /= diagonal[0];
        for (int i = 1; i < values.Length; i++)
        {
            double pivot = diagonal[i] - (lower[i] * _scratch[i - 1]);
            _scratch[i] = upper[i] / pivot;
            values[i] = (values[i] - (lower[i] * values[i - 1])) / pivot;
        }

        for (int i = values.Length - 2; i >= 0; i--)
            values[i] -= _scratch[i] * values[i + 1];
    }
}

[Remote(Cpus = "8+")]
public sealed class BoardSimulation
{
    private readonly Board _board;
    private readonly double[,] _temperature;
    private readonly double[,] _diffusivity;
    private readonly double[,] _heating;
    private double _seconds;

    public BoardSimulation(Board board)
    {
        _board = board;
        _temperature = new double[board.Rows, board.Columns];
        _diffusivity = new double[board.Rows, board.Columns];
        _heating = new double[board.Rows, board.Columns];
        for (int y = 0; y < board.Rows; y++)
        {
            for (int x = 0; x < board.Columns; x++)
            {
                Component? component = board.Components.LastOrDefault(one => one.Area.Contains(x, y));
                Material material = component?.Material ?? Material.Fr4;
                _temperature[y, x] = board.AmbientCelsius;
                _diffusivity[y, x] = Materials.Diffusivity(material);
                if (component is { Watts: > 0 })
                {
                    double volume = component.Area.Width * component.Area.Height * Math.Pow(board.CellMillimetres / 1000, 3);
                    _heating[y, x] = component.Watts / (Materials.Capacity(material) * volume);
                }
            }
        }
    }

    /// <summary>Simulated time, so far.</summary>
    public double Seconds => _seconds;

    public async Task AdvanceAsync(double seconds, double timeStep, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        int steps = (int)Math.Ceiling(seconds / timeStep);
        for (int step = 0; step < steps; step++)
        {
            await Task.Run(() => Step(timeStep), cancellationToken);
            _seconds += timeStep;
            if (step % 100 == 0)
                progress?.Report((double)step / steps);
        }

        progress?.Report(1);
    }

    public ThermalState Read()
    {
        var hotSpots = _board.Components.Where(static component => component.Watts > 0).Select(Hottest).OrderByDescending(static spot => spot.Celsius);
        return new ThermalState(_seconds, (double[,])_temperature.Clone(), [.. hotSpots]);
    }

    public void Require(string component, double limitCelsius)
    {
        Component found = _board.Components.FirstOrDefault(one => one.Name == component)
            ?? throw new KeyNotFoundException($"The board has no component '{component}'.");
        HotSpot spot = Hottest(found);
        if (spot.Celsius > limitCelsius)
        {
            throw new DesignRuleException($"{component} reaches {spot.Celsius:F1} degrees at ({spot.X}, {spot.Y}); the limit is {limitCelsius:F1}.")
            {
                Component = component,
                LimitCelsius = limitCelsius,
            };
        }
    }

    private void Step(double timeStep)
    {
        Sweep(_board.Rows, _board.Columns, timeStep / 2, alongRows: true);
        Sweep(_board.Columns, _board.Rows, timeStep / 2, alongRows: false);
    }

    private void Sweep(int lines, int length, double timeStep, bool alongRows)
    {
        double cell = _board.CellMillimetres / 1000;
        Parallel.For(0, lines, () => new TridiagonalSolver(length), (line, _, solver) =>
        {
            double[] lower = new double[length], diagonal = new double[length], upper = new double[length], values = new double[length];
            for (int i = 0; i < length; i++)
            {
                (int y, int x) = alongRows ? (line, i) : (i, line);
                double ratio = _diffusivity[y, x] * timeStep / (cell * cell);
                bool isEdge = i == 0 || i == length - 1;
                lower[i] = i == 0 ? 0 : -ratio;
                upper[i] = i == length - 1 ? 0 : -ratio;
                diagonal[i] = 1 + ((isEdge ? 1 : 2) * ratio);
                values[i] = _temperature[y, x] + (_heating[y, x] * timeStep);
            }

            solver.Solve(lower, diagonal, upper, values);
            for (int i = 0; i < length; i++)
            {
                (int y, int x) = alongRows ? (line, i) : (i, line);
                _temperature[y, x] = values[i];
            }

            return solver;
        }, static _ => { });
    }

    private HotSpot Hottest(Component component)
    {
        var best = new HotSpot(component.Name, double.NegativeInfinity, 0, 0);
        for (int y = component.Area.Top; y < component.Area.Top + component.Area.Height; y++)
        {
            for (int x = component.Area.Left; x < component.Area.Left + component.Area.Width; x++)
            {
                if (_temperature[y, x] > best.Celsius)
                    best = best with { Celsius = _temperature[y, x], X = x, Y = y };
            }
        }

        return best;
    }
}

public static class ThermalReview
{
    public static async Task<bool> PassesAsync(Board board, CancellationToken cancellationToken)
    {
        await using BoardSimulationRemote simulation = await BoardSimulation.RemoteAsync(board);
        await simulation.AdvanceAsync(60, 0.005, new Progress<double>(share => Console.Write($"\r{share:P0}")), cancellationToken);
        try
        {
            await simulation.RequireAsync("cpu", 85, cancellationToken);
            await simulation.RequireAsync("regulator", 105, cancellationToken);
            return true;
        }
        catch (DesignRuleException broken)
        {
            ThermalState state = await simulation.ReadAsync(cancellationToken);
            Console.Error.WriteLine($"{broken.Message} Hottest of all: {state.HotSpots[0].Component}");
            return false;
        }
    }
}
