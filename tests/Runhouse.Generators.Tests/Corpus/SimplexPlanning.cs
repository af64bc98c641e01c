// Production planning: linear programs solved by the two-phase simplex method with Bland's rule, whole numbers by branch and bound.
using System.Globalization;
using System.Text;

namespace Corpus.SimplexPlanning;

public enum Relation
{
    AtMost,
    Equal,
    AtLeast,
}

public sealed record Constraint(string Name, double[] Coefficients, Relation Relation, double Bound);

public sealed record LinearProgram(string[] Variables, double[] Objective, IReadOnlyList<Constraint> Constraints, bool[]? WholeNumbers = null)
{
    public override string ToString()
    {
        var text = new StringBuilder("maximize ");
        text.AppendJoin(" + ", Objective.Zip(Variables, static (c, x) => string.Create(CultureInfo.InvariantCulture, $"{c:G4} {x}")));
        foreach (Constraint constraint in Constraints)
        {
            string sign = constraint.Relation switch { Relation.AtMost => "<=", Relation.Equal => "=", _ => ">=" };
            text.Append(CultureInfo.InvariantCulture, $"\n  {constraint.Name}: ... {sign} {constraint.Bound:G6}");
        }

        return text.ToString();
    }
}

public abstract record Outcome;

public sealed record Optimal(double Value, IReadOnlyDictionary<string, double> Variables, int Pivots) : Outcome;

public sealed record Infeasible(string Violated) : Outcome;

public sealed record Unbounded(string Variable) : Outcome;

public sealed record PlanningResult(double Value, IReadOnlyDictionary<string, double> Variables, int NodesExplored, double Gap);

public sealed class NoPlanException(string message) : InvalidOperationException(message);

internal sealed class SimplexTableau
{
    private const double Epsilon = 1e-9;

    private readonly LinearProgram _program;
    private readonly double[,] _rows;
    private readonly int[] _basis;
    private readonly int _slacks;
    private readonly int _artificials;
    private int _pivots;

    public SimplexTableau(LinearProgram program)
    {
        _program = program;
        int constraints = program.Constraints.Count, variables = program.Variables.Length;
        _slacks = constraints;
        _artificials = constraints;
        Columns = variables + _slacks + _artificials;
        _rows = new double[constraints + 1, Columns + 1];
        _basis = new int[constraints];
        foreach ((int i, Constraint constraint) in program.Constraints.Index())
        {
            double sign = constraint.Bound < 0 ? -1 : 1;
            for (int j = 0; j < variables; j++)
                _rows[i, j] = sign * constraint.Coefficients[j];
            _rows[i, variables + i] = constraint.Relation switch
            {
                Relation.AtMost => sign,
                Relation.AtLeast => -sign,
                _ => 0,
            };
            _rows[i, variables + _slacks + i] = 1;
            _rows[i, Columns] = sign * constraint.Bound;
            _basis[i] = variables + _slacks + i;
        }
    }

    private int Columns { get; }

    private int Variables => _program.Variables.Length;

    public Outcome Solve(CancellationToken cancellationToken)
    {
        SetObjective(column => column >= Variables + _slacks ? -1 : 0);
        Optimize(Columns, cancellationToken);
        if (Math.Abs(_rows[_basis.Length, Columns]) > 1e-7)
        {
            int row = Array.FindIndex(_basis, column => column >= Variables + _slacks);
            return new Infeasible(_program.Constraints[Math.Max(row, 0)].Name);
        }

        SetObjective(column => column < Variables ? _program.Objective[column] : 0);
        if (Optimize(Variables + _slacks, cancellationToken) is { } unbounded)
            return new Unbounded(unbounded < Variables ? _program.Variables[unbounded] : $"slack of {_program.Constraints[unbounded - Variables].Name}");
        var values = _program.Variables.ToDictionary(static name => name, static _ => 0.0);
        for (int i = 0; i < _basis.Length; i++)
        {
            if (_basis[i] < Variables)
                values[_program.Variables[_basis[i]]] = _rows[i, Columns];
        }

        return new Optimal(_rows[_basis.Length, Columns], values, _pivots);
    }

    private void SetObjective(Func<int, double> cost)
    {
        int last = _basis.Length;
        for (int j = 0; j <= Columns; j++)
        {
            _rows[last, j] = j < Columns ? -cost(j) : 0;
            for (int i = 0; i < last; i++)
                _rows[last, j] += cost(_basis[i]) * _rows[i, j];
        }
    }

    private int? Optimize(int allowedColumns, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int entering = -1;
            for (int j = 0; j < allowedColumns && entering < 0; j++)
            {
                if (_rows[_basis.Length, j] < -Epsilon)
                    entering = j;
            }

            if (entering < 0)
                return null;
            int leaving = -1;
            double smallest = double.PositiveInfinity;
            for (int i = 0; i < _basis.Length; i++)
            {
                if (_rows[i, entering] <= Epsilon)
                    continue;
                double ratio = _rows[i, Columns] / _rows[i, entering];
                if (ratio < smallest - Epsilon || (Math.Abs(ratio - smallest) <= Epsilon && _basis[i] < _basis[leaving]))
                    (leaving, smallest) = (i, ratio);
            }

            if (leaving < 0)
                return entering;
            Pivot(leaving, entering);
        }
    }

    private void Pivot(int row, int column)
    {
        double pivot = _rows[row, column];
        for (int j = 0; j <= Columns; j++)
            _rows[row, j] /= pivot;
        for (int i = 0; i <= _basis.Length; i++)
        {
            double factor = _rows[i, column];
            if (i == row || Math.Abs(factor) < Epsilon)
                continue;
            for (int j = 0; j <= Columns; j++)
                _rows[i, j] -= factor * _rows[row, j];
        }

        _basis[row] = column;
        _pivots++;
    }
}

public static class Planning
{
    [Remote(Cpus = "4+", Memory = "8+")]
    public static async Task<PlanningResult> PlanAsync(LinearProgram program, TimeSpan patience, CancellationToken cancellationToken = default)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        var open = new PriorityQueue<LinearProgram, double>();
        open.Enqueue(program, 0);
        PlanningResult? best = null;
        double bound = double.PositiveInfinity;
        int explored = 0;
        while (open.TryDequeue(out LinearProgram? node, out _) && Environment.TickCount64 < deadline)
        {
            explored++;
            Outcome outcome = await Task.Run(() => new SimplexTableau(node).Solve(cancellationToken), cancellationToken);
            switch (outcome)
            {
                case Unbounded unbounded:
                    throw new NoPlanException($"{unbounded.Variable} can grow without limit: a constraint is missing.");
                case Infeasible infeasible when explored == 1:
                    throw new NoPlanException($"No plan satisfies '{infeasible.Violated}'.");
                case Optimal optimal when best is null || optimal.Value > best.Value + 1e-6:
                    bound = explored == 1 ? optimal.Value : bound;
                    if (Fractional(node, optimal) is not { } variable)
                    {
                        best = new PlanningResult(optimal.Value, optimal.Variables, explored, (bound - optimal.Value) / Math.Max(Math.Abs(bound), 1));
                        break;
                    }

                    double value = optimal.Variables[node.Variables[variable]];
                    open.Enqueue(Restrict(node, variable, Relation.AtMost, Math.Floor(value)), -optimal.Value);
                    open.Enqueue(Restrict(node, variable, Relation.AtLeast, Math.Ceiling(value)), -optimal.Value);
                    break;
            }
        }

        return best is null
            ? throw new NoPlanException($"No plan in whole numbers was found in {patience}; {explored} nodes were explored.")
            : best with { NodesExplored = explored };
    }

    private static int? Fractional(LinearProgram program, Optimal optimal)
    {
        for (int i = 0; i < program.Variables.Length; i++)
        {
            double value = optimal.Variables[program.Variables[i]];
            if (program.WholeNumbers is { } whole && whole[i] && Math.Abs(value - Math.Round(value)) > 1e-6)
                return i;
        }

        return null;
    }

    private static LinearProgram Restrict(LinearProgram program, int variable, Relation relation, double bound)
    {
        var coefficients = new double[program.Variables.Length];
        coefficients[variable] = 1;
        return program with { Constraints = [.. program.Constraints, new Constraint($"{program.Variables[variable]} {relation} {bound}", coefficients, relation, bound)] };
    }
}

public static class Bakery
{
    public static async Task<string> TomorrowAsync(CancellationToken cancellationToken)
    {
        var program = new LinearProgram(
            ["rye", "baguette", "croissant"],
            [2.1, 1.2, 0.9],
            [
                new("flour", [0.8, 0.35, 0.06], Relation.AtMost, 400),
                new("oven", [1.0 / 30, 1.0 / 60, 1.0 / 90], Relation.AtMost, 16),
                new("hands", [0.05, 0.04, 0.08], Relation.AtMost, 24),
                new("orders", [1, 0, 0], Relation.AtLeast, 60),
            ],
            WholeNumbers: [true, true, true]);
        PlanningResult plan = await Planning.PlanAsync(program, TimeSpan.FromMinutes(1), cancellationToken);
        return string.Join(", ", plan.Variables.Select(static pair => $"{pair.Value:F0} {pair.Key}"));
    }
}
