namespace Runhouse.Simulation.Bounds;

/// <summary>The simplex method, by Bland's rule, for programs whose origin is feasible: the largest <c>c·x</c> with <c>Ax ≤ b</c> and <c>x ≥ 0</c>, where no <c>b</c> is negative.</summary>
internal static class LinearProgram
{
    private const double Tolerance = 1e-9;

    /// <summary>Finds the best <c>x</c>.</summary>
    /// <param name="objective"><c>c</c>.</param>
    /// <param name="rows">The rows of <c>A</c> with their <c>b</c>.</param>
    /// <exception cref="InvalidOperationException">There is no largest.</exception>
    public static double[] Maximize(double[] objective, IReadOnlyList<(double[] Row, double Limit)> rows)
    {
        int variables = objective.Length;
        int width = variables + rows.Count;
        double[][] table = [.. rows.Select((row, index) => Extend(row.Row, index, row.Limit))];
        double[] reduced = [.. objective, .. new double[rows.Count + 1]];
        int[] basis = [.. Enumerable.Range(variables, rows.Count)];
        while (Array.FindIndex(reduced, 0, width, static one => one > Tolerance) is var entering and >= 0)
        {
            int leaving = -1;
            for (int i = 0; i < table.Length; i++)
            {
                if (table[i][entering] <= Tolerance)
                    continue;
                double difference = leaving < 0 ? -1 : (table[i][width] / table[i][entering]) - (table[leaving][width] / table[leaving][entering]);
                if (difference < -Tolerance || (difference <= Tolerance && basis[i] < basis[leaving]))
                    leaving = i;
            }

            if (leaving < 0)
                throw new InvalidOperationException("The program has no largest value: something in it costs nothing.");
            Pivot(table, reduced, leaving, entering);
            basis[leaving] = entering;
        }

        double[] best = new double[variables];
        for (int i = 0; i < basis.Length; i++)
        {
            if (basis[i] < variables)
                best[basis[i]] = table[i][width];
        }

        return best;

        double[] Extend(double[] row, int index, double limit)
        {
            double[] extended = [.. row, .. new double[rows.Count], limit];
            extended[variables + index] = 1;
            return extended;
        }
    }

    private static void Pivot(double[][] table, double[] reduced, int row, int column)
    {
        double by = table[row][column];
        for (int j = 0; j < table[row].Length; j++)
            table[row][j] /= by;
        foreach (double[] other in table.Append(reduced))
        {
            double times = other[column];
            if (ReferenceEquals(other, table[row]) || times == 0)
                continue;
            for (int j = 0; j < other.Length; j++)
                other[j] -= times * table[row][j];
        }
    }
}
