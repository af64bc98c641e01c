// A control group's linear algebra: blocked multiplication with SIMD, LU, QR and Jacobi eigenvalues; matrices travel as blocks.
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Corpus.LinearAlgebra;

public sealed record Matrix(int Rows, int Columns, double[] Values)
{
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    public static Matrix Zero(int rows, int columns) => new(rows, columns, new double[rows * columns]);

    public static Matrix Identity(int size)
    {
        Matrix identity = Zero(size, size);
        for (int i = 0; i < size; i++)
            identity.Values[i * (size + 1)] = 1;
        return identity;
    }
}

public sealed record LuFactors(Matrix Combined, int[] Permutation, int Sign);

public sealed record QrFactors(Matrix Q, Matrix R);

public sealed record Eigen(double[] Values, Matrix Vectors, int Sweeps);

public sealed class SingularMatrixException(string message, int pivot) : ArithmeticException(message)
{
    public int Pivot { get; } = pivot;
}

/// <summary>Operators and views on matrices.</summary>
internal static class MatrixExtensions
{
    extension(Matrix matrix)
    {
        public bool IsSquare => matrix.Rows == matrix.Columns;

        public double FrobeniusNorm => Math.Sqrt(Kernels.Dot(matrix.Values, matrix.Values));

        public Matrix Transpose()
        {
            Matrix result = Matrix.Zero(matrix.Columns, matrix.Rows);
            for (int row = 0; row < matrix.Rows; row++)
            {
                for (int column = 0; column < matrix.Columns; column++)
                    result.Values[(column * matrix.Rows) + row] = matrix.Values[(row * matrix.Columns) + column];
            }

            return result;
        }

        public static Matrix operator -(Matrix left, Matrix right) => new(left.Rows, left.Columns, [.. left.Values.Zip(right.Values, static (a, b) => a - b)]);
    }
}

internal static class Kernels
{
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"Vectors of {a.Length} and {b.Length} have no product.");
        ref double left = ref MemoryMarshal.GetReference(a), right = ref MemoryMarshal.GetReference(b);
        Vector256<double> sum = Vector256<double>.Zero;
        nuint i = 0, length = (nuint)a.Length;
        for (; i + 4 <= length; i += 4)
            sum += Vector256.LoadUnsafe(ref left, i) * Vector256.LoadUnsafe(ref right, i);
        double total = Vector256.Sum(sum);
        for (; i < length; i++)
            total += Unsafe.Add(ref left, i) * Unsafe.Add(ref right, i);
        return total;
    }

    /// <summary>y += scale * x.</summary>
    public static void AddScaled(Span<double> y, ReadOnlySpan<double> x, double scale)
    {
        Span<Vector<double>> target = MemoryMarshal.Cast<double, Vector<double>>(y);
        ReadOnlySpan<Vector<double>> source = MemoryMarshal.Cast<double, Vector<double>>(x[..y.Length]);
        for (int i = 0; i < target.Length; i++)
            target[i] += source[i] * scale;
        for (int i = target.Length * Vector<double>.Count; i < y.Length; i++)
            y[i] += x[i] * scale;
    }
}

[Remote(Cpus = "16+", Memory = "64+")]
public sealed class Solver
{
    private const int Block = 64;
    private const double Tiny = 1e-12;

    public Task<Matrix> MultiplyAsync(Matrix left, Matrix right, CancellationToken cancellationToken = default)
    {
        if (left.Columns != right.Rows)
            throw new ArgumentException($"{left.Rows}x{left.Columns} times {right.Rows}x{right.Columns} is not defined.", nameof(right));
        return Task.Run(() =>
        {
            Matrix result = Matrix.Zero(left.Rows, right.Columns);
            var options = new ParallelOptions { CancellationToken = cancellationToken };
            Parallel.For(0, (left.Rows + Block - 1) / Block, options, block =>
            {
                for (int middle = 0; middle < left.Columns; middle += Block)
                {
                    for (int row = block * Block; row < Math.Min(left.Rows, (block + 1) * Block); row++)
                    {
                        Span<double> target = result.Values.AsSpan(row * right.Columns, right.Columns);
                        for (int k = middle; k < Math.Min(left.Columns, middle + Block); k++)
                            Kernels.AddScaled(target, right.Row(k), left.Values[(row * left.Columns) + k]);
                    }
                }
            });
            return result;
        }, cancellationToken);
    }

    public LuFactors Factor(Matrix matrix)
    {
        if (!matrix.IsSquare)
            throw new ArgumentException("Only square matrices have an LU factorization with a determinant.", nameof(matrix));
        int n = matrix.Rows, sign = 1;
        double[] a = [.. matrix.Values];
        int[] permutation = [.. Enumerable.Range(0, n)];
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
                pivot = Math.Abs(a[(i * n) + k]) > Math.Abs(a[(pivot * n) + k]) ? i : pivot;
            if (Math.Abs(a[(pivot * n) + k]) < Tiny)
                throw new SingularMatrixException($"The matrix is singular: column {k} has no pivot.", k);
            if (pivot != k)
            {
                for (int j = 0; j < n; j++)
                    (a[(k * n) + j], a[(pivot * n) + j]) = (a[(pivot * n) + j], a[(k * n) + j]);
                (permutation[k], permutation[pivot]) = (permutation[pivot], permutation[k]);
                sign = -sign;
            }

            Parallel.For(k + 1, n, i =>
            {
                double factor = a[(i * n) + k] /= a[(k * n) + k];
                Kernels.AddScaled(a.AsSpan((i * n) + k + 1, n - k - 1), a.AsSpan((k * n) + k + 1, n - k - 1), -factor);
            });
        }

        return new LuFactors(new Matrix(n, n, a), permutation, sign);
    }

    public double[] Solve(LuFactors factors, double[] right)
    {
        int n = factors.Combined.Rows;
        double[] x = [.. factors.Permutation.Select(index => right[index])];
        for (int i = 0; i < n; i++)
            x[i] -= Kernels.Dot(factors.Combined.Row(i)[..i], x.AsSpan(0, i));
        for (int i = n - 1; i >= 0; i--)
            x[i] = (x[i] - Kernels.Dot(factors.Combined.Row(i)[(i + 1)..], x.AsSpan(i + 1))) / factors.Combined.Values[(i * n) + i];
        return x;
    }

    /// <summary>Modified Gram-Schmidt.</summary>
    public QrFactors Orthogonalize(Matrix matrix)
    {
        Matrix columns = matrix.Transpose();
        int n = matrix.Columns, m = matrix.Rows;
        Matrix r = Matrix.Zero(n, n);
        for (int k = 0; k < n; k++)
        {
            Span<double> current = columns.Values.AsSpan(k * m, m);
            double norm = Math.Sqrt(Kernels.Dot(current, current));
            r.Values[(k * n) + k] = norm;
            foreach (ref double value in current)
                value /= norm;
            for (int j = k + 1; j < n; j++)
            {
                Span<double> other = columns.Values.AsSpan(j * m, m);
                double projection = Kernels.Dot(current, other);
                r.Values[(k * n) + j] = projection;
                Kernels.AddScaled(other, current, -projection);
            }
        }

        return new QrFactors(columns.Transpose(), r);
    }

    public Eigen JacobiEigen(Matrix symmetric, int maximumSweeps = 50, CancellationToken cancellationToken = default)
    {
        int n = symmetric.Rows;
        double[,] a = new double[n, n], v = new double[n, n];
        for (int i = 0; i < n * n; i++)
            (a[i / n, i % n], v[i / n, i % n]) = (symmetric.Values[i], i / n == i % n ? 1 : 0);
        int sweep = 0;
        for (; sweep < maximumSweeps && OffDiagonal() > Tiny; sweep++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                    Rotate(p, q);
            }
        }

        return new Eigen([.. Enumerable.Range(0, n).Select(i => a[i, i])], new Matrix(n, n, [.. v.Cast<double>()]), sweep);

        double OffDiagonal() => Enumerable.Range(0, n).Sum(i => Enumerable.Range(i + 1, n - i - 1).Sum(j => a[i, j] * a[i, j]));

        void Rotate(int p, int q)
        {
            if (Math.Abs(a[p, q]) < double.Epsilon)
                return;
            double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
            double t = Math.CopySign(1 / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1)), theta);
            double c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
            for (int k = 0; k < n; k++)
                (a[k, p], a[k, q]) = ((c * a[k, p]) - (s * a[k, q]), (s * a[k, p]) + (c * a[k, q]));
            for (int k = 0; k < n; k++)
                (a[p, k], a[q, k]) = ((c * a[p, k]) - (s * a[q, k]), (s * a[p, k]) + (c * a[q, k]));
            for (int k = 0; k < n; k++)
                (v[k, p], v[k, q]) = ((c * v[k, p]) - (s * v[k, q]), (s * v[k, p]) + (c * v[k, q]));
        }
    }
}

public static class Regulator
{
    public static async Task<double[]> GainsAsync(Matrix plant, double[] reference, CancellationToken cancellationToken)
    {
        await using SolverRemote solver = await Solver.RemoteAsync();
        try
        {
            LuFactors factors = await solver.FactorAsync(plant, cancellationToken);
            return await solver.SolveAsync(factors, reference, cancellationToken);
        }
        catch (SingularMatrixException singular)
        {
            Console.Error.WriteLine($"{singular.Message} Falling back to least squares.");
            QrFactors qr = await solver.OrthogonalizeAsync(plant, cancellationToken);
            Matrix target = await solver.MultiplyAsync(qr.Q.Transpose(), new Matrix(reference.Length, 1, reference), cancellationToken);
            return target.Values;
        }
    }
}
