// A fund's risk report: returns and covariances, value at risk three ways, bond yields, and internal rates of return.
using System.Collections.Frozen;
using System.Globalization;

namespace Corpus.PortfolioRisk;

public enum RiskMethod
{
    Historical,
    Parametric,
    MonteCarlo,
}

public sealed record PriceSeries(string Ticker, DateOnly[] Days, double[] Close);

public sealed record Position(string Ticker, double Quantity, double Price)
{
    public double Value => Quantity * Price;
}

public sealed record Portfolio(string Name, IReadOnlyList<Position> Positions)
{
    public double Value => Positions.Sum(static position => position.Value);
}

public sealed record Loss(RiskMethod Method, double Confidence, double ValueAtRisk, double ExpectedShortfall);

public sealed record RiskReport(string Portfolio, double Value, double AnnualVolatility, IReadOnlyList<Loss> Losses, IReadOnlyDictionary<string, double> Contributions);

public sealed record CashFlow(DateOnly Day, decimal Amount);

public sealed record Bond(string Isin, decimal Face, decimal CouponPercent, int PaymentsPerYear, DateOnly Maturity);

public readonly record struct BondMeasures(double Yield, double MacaulayDuration, double Convexity);

public sealed class MissingPricesException(string ticker, int found, int needed) : Exception($"{ticker} has {found} prices; {needed} are needed.")
{
    public string Ticker { get; } = ticker;

    public int Found { get; } = found;

    public int Needed { get; } = needed;
}

internal static class Calendar
{
    /// <summary>TARGET holidays on fixed days; those around Easter are computed.</summary>
    private static readonly FrozenSet<(int Month, int Day)> Fixed = FrozenSet.Create((1, 1), (5, 1), (12, 25), (12, 26));

    public static bool IsBusinessDay(DateOnly day)
        => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !Fixed.Contains((day.Month, day.Day)) && Easter(day.Year).AddDays(-2) != day && Easter(day.Year).AddDays(1) != day;

    /// <summary>The anonymous Gregorian algorithm (Meeus, Jones, Butcher).</summary>
    public static DateOnly Easter(int year)
    {
        int a = year % 19, b = year / 100, c = year % 100;
        int h = ((19 * a) + b - (b / 4) - ((b - ((b + 8) / 25) + 1) / 3) + 15) % 30;
        int l = (32 + (2 * (b % 4)) + (2 * (c / 4)) - h - (c % 4)) % 7;
        int m = (a + (11 * h) + (22 * l)) / 451;
        int month = (h + l - (7 * m) + 114) / 31, day = ((h + l - (7 * m) + 114) % 31) + 1;
        return new DateOnly(year, month, day);
    }

    public static double YearFraction(DateOnly from, DateOnly to) => (to.DayNumber - from.DayNumber) / 365.0;
}

internal static class RootFinder
{
    /// <summary>Newton's method, kept inside a bracket by bisection.</summary>
    public static double Find(Func<double, double> function, double low, double high)
    {
        double x = (low + high) / 2;
        for (int i = 0; i < 200; i++)
        {
            double y = function(x);
            if (Math.Abs(y) < 1e-10)
                return x;
            if (Math.Sign(y) == Math.Sign(function(low)))
                low = x;
            else
                high = x;
            double slope = (function(x + 1e-7) - y) / 1e-7, next = x - (y / slope);
            x = double.IsFinite(next) && next > low && next < high ? next : (low + high) / 2;
        }

        return x;
    }
}

public static class FixedIncome
{
    public static BondMeasures Measure(Bond bond, decimal price, DateOnly settlement)
    {
        List<(double Years, double Amount)> flows = [];
        int step = 12 / bond.PaymentsPerYear;
        for (DateOnly day = bond.Maturity; day > settlement; day = day.AddMonths(-step))
        {
            decimal coupon = bond.Face * bond.CouponPercent / 100 / bond.PaymentsPerYear;
            flows.Add((Calendar.YearFraction(settlement, day), (double)(day == bond.Maturity ? coupon + bond.Face : coupon)));
        }

        double yield = RootFinder.Find(y => flows.Sum(flow => flow.Amount * Math.Pow(1 + y, -flow.Years)) - (double)price, -0.5, 2);
        double value = (double)price;
        double duration = flows.Sum(flow => flow.Years * flow.Amount * Math.Pow(1 + yield, -flow.Years)) / value;
        double convexity = flows.Sum(flow => flow.Years * (flow.Years + 1) * flow.Amount * Math.Pow(1 + yield, -flow.Years - 2)) / value;
        return new BondMeasures(yield, duration, convexity);
    }

    public static double InternalRate(IReadOnlyList<CashFlow> flows)
    {
        DateOnly first = flows.Min(static flow => flow.Day);
        return RootFinder.Find(rate => flows.Sum(flow => (double)flow.Amount * Math.Pow(1 + rate, -Calendar.YearFraction(first, flow.Day))), -0.99, 10);
    }
}

public static class Risk
{
    private const int TradingDays = 252;

    [Remote(Cpus = "8+", Memory = "16+")]
    public static async Task<RiskReport> AssessAsync(
        Portfolio portfolio, IReadOnlyList<PriceSeries> history, int horizonDays, double confidence, int seed, CancellationToken cancellationToken = default)
    {
        double[][] returns = Align(portfolio, history);
        double[] weights = [.. portfolio.Positions.Select(position => position.Value / portfolio.Value)];
        double[,] covariance = Covariance(returns);
        double daily = Math.Sqrt(Quadratic(covariance, weights));
        Loss[] losses = await Task.WhenAll(
            Task.Run(() => Historical(returns, weights, portfolio.Value, horizonDays, confidence), cancellationToken),
            Task.Run(() => Parametric(daily, portfolio.Value, horizonDays, confidence), cancellationToken),
            Task.Run(() => Simulated(covariance, weights, portfolio.Value, horizonDays, confidence, seed, cancellationToken), cancellationToken));
        var contributions = portfolio.Positions.Index().ToDictionary(
            static pair => pair.Item.Ticker,
            pair => weights[pair.Index] * Enumerable.Range(0, weights.Length).Sum(j => covariance[pair.Index, j] * weights[j]) / (daily * daily));
        return new RiskReport(portfolio.Name, portfolio.Value, daily * Math.Sqrt(TradingDays), losses, contributions);
    }

    private static double[][] Align(Portfolio portfolio, IReadOnlyList<PriceSeries> history)
    {
        Dictionary<string, PriceSeries> byTicker = history.ToDictionary(static series => series.Ticker, StringComparer.OrdinalIgnoreCase);
        int length = portfolio.Positions.Min(position => byTicker.TryGetValue(position.Ticker, out PriceSeries? series) ? series.Close.Length : 0);
        if (length < TradingDays)
        {
            string shortest = portfolio.Positions.MinBy(position => byTicker.TryGetValue(position.Ticker, out PriceSeries? series) ? series.Close.Length : 0)!.Ticker;
            throw new MissingPricesException(shortest, length, TradingDays);
        }

        return
        [
            .. portfolio.Positions.Select(position =>
            {
                double[] close = byTicker[position.Ticker].Close[^length..];
                return Enumerable.Range(1, length - 1).Select(i => Math.Log(close[i] / close[i - 1])).ToArray();
            }),
        ];
    }

    private static double[,] Covariance(double[][] returns)
    {
        int n = returns.Length;
        double[] means = [.. returns.Select(static series => series.Average())];
        var covariance = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = returns[i].Zip(returns[j], (a, b) => (a - means[i]) * (b - means[j])).Sum();
                covariance[i, j] = covariance[j, i] = sum / (returns[i].Length - 1);
            }
        }

        return covariance;
    }

    private static double Quadratic(double[,] matrix, double[] weights)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            for (int j = 0; j < weights.Length; j++)
                sum += weights[i] * matrix[i, j] * weights[j];
        }

        return sum;
    }

    private static Loss Historical(double[][] returns, double[] weights, double value, int horizon, double confidence)
    {
        double scale = Math.Sqrt(horizon) * value;
        double[] losses = [.. Enumerable.Range(0, returns[0].Length).Select(day => -scale * weights.Index().Sum(pair => pair.Item * returns[pair.Index][day])).Order()];
        return Tail(RiskMethod.Historical, losses, confidence);
    }

    private static Loss Parametric(double daily, double value, int horizon, double confidence)
    {
        double z = RootFinder.Find(x => Cumulative(x) - confidence, 0, 8), scale = daily * Math.Sqrt(horizon) * value;
        double density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        return new Loss(RiskMethod.Parametric, confidence, z * scale, scale * density / (1 - confidence));

        static double Cumulative(double x) => 1 / (1 + Math.Exp((-1.5976 * x) - (0.07056 * x * x * x)));
    }

    private static Loss Simulated(double[,] covariance, double[] weights, double value, int horizon, double confidence, int seed, CancellationToken cancellationToken)
    {
        double[,] factor = Cholesky(covariance);
        int n = weights.Length;
        double[] losses =
        [
            .. ParallelEnumerable.Range(0, 100_000).WithCancellation(cancellationToken).Select(path =>
            {
                var random = new Random(seed ^ (path * 7919));
                double[] normal = [.. Enumerable.Range(0, n).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
                double change = 0;
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j <= i; j++)
                        change += weights[i] * factor[i, j] * normal[j];
                }

                return -change * Math.Sqrt(horizon) * value;
            }),
        ];
        Array.Sort(losses);
        return Tail(RiskMethod.MonteCarlo, losses, confidence);
    }

    private static Loss Tail(RiskMethod method, double[] sortedLosses, double confidence)
    {
        int at = Math.Min((int)(confidence * sortedLosses.Length), sortedLosses.Length - 1);
        return new Loss(method, confidence, sortedLosses[at], sortedLosses[at..].Average());
    }

    private static double[,] Cholesky(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        var lower = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[i, j];
                for (int k = 0; k < j; k++)
                    sum -= lower[i, k] * lower[j, k];
                lower[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 0)) : lower[j, j] == 0 ? 0 : sum / lower[j, j];
            }
        }

        return lower;
    }
}

public sealed class MorningReport(TimeProvider time, TextWriter output)
{
    private static readonly CultureInfo German = CultureInfo.GetCultureInfo("de-DE");

    public async Task WriteAsync(IReadOnlyList<Portfolio> portfolios, IReadOnlyList<PriceSeries> history, CancellationToken cancellationToken)
    {
        DateOnly today = DateOnly.FromDateTime(time.GetLocalNow().DateTime);
        if (!Calendar.IsBusinessDay(today))
            return;
        RiskReport[] reports = await Task.WhenAll(portfolios.Select(portfolio => Risk.AssessAsync(portfolio, history, 10, 0.99, today.DayNumber, cancellationToken)));
        foreach (RiskReport report in reports.OrderByDescending(static report => report.AnnualVolatility))
        {
            await output.WriteLineAsync(string.Create(German, $"{report.Portfolio,-24} {report.Value,16:N2} EUR  {report.AnnualVolatility:P1}"));
            foreach (Loss loss in report.Losses)
                await output.WriteLineAsync(string.Create(German, $"    {loss.Method,-12} {loss.ValueAtRisk,14:N0} {loss.ExpectedShortfall,14:N0}"));
        }
    }
}
