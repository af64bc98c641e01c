// A derivatives desk's overnight run: European and Asian options priced by Monte Carlo on many cores, checked against Black-Scholes.
using System.Diagnostics;
using System.Globalization;

namespace Corpus.OptionPricing;

public enum OptionKind
{
    Call,
    Put,
}

public enum PayoffStyle
{
    European,
    ArithmeticAsian,
    UpAndOutBarrier,
}

public sealed record Market(double Spot, double Rate, double DividendYield, double Volatility);

public sealed record OptionContract(string Isin, OptionKind Kind, PayoffStyle Style, double Strike, double YearsToExpiry, double? Barrier = null)
{
    public double Intrinsic(double price) => Math.Max(Kind == OptionKind.Call ? price - Strike : Strike - price, 0);
}

public sealed record SimulationSettings(int Paths, int StepsPerPath, ulong Seed, bool Antithetic = true);

public readonly record struct Estimate(double Price, double StandardError, long Paths)
{
    public (double Low, double High) Confidence95 => (Price - (1.96 * StandardError), Price + (1.96 * StandardError));

    public Estimate CombineWith(Estimate other)
    {
        if (Paths == 0)
            return other;
        if (other.Paths == 0)
            return this;
        long total = Paths + other.Paths;
        double price = ((Price * Paths) + (other.Price * other.Paths)) / total;
        double variance = (Square(StandardError * Paths) + Square(other.StandardError * other.Paths)) / Square(total);
        return new Estimate(price, Math.Sqrt(variance), total);

        static double Square(double x) => x * x;
    }
}

public sealed class PricingException(string message) : Exception(message);

/// <summary>xoshiro256++ with the Box-Muller transform: fast, and the same on every machine for one seed.</summary>
internal sealed class GaussianSource
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;
    private double _spare = double.NaN;

    public GaussianSource(ulong seed)
    {
        _a = Mix(ref seed);
        _b = Mix(ref seed);
        _c = Mix(ref seed);
        _d = Mix(ref seed);
    }

    public double Next()
    {
        if (!double.IsNaN(_spare))
        {
            double spare = _spare;
            _spare = double.NaN;
            return spare;
        }

        double radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * Uniform());
        _spare = radius * sin;
        return radius * cos;
    }

    private double Uniform() => (Bits() >> 11) * (1.0 / (1UL << 53));

    private ulong Bits()
    {
        ulong result = ulong.RotateLeft(_a + _d, 23) + _a;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    private static ulong Mix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

public static class BlackScholes
{
    public static double Price(OptionContract option, Market market)
    {
        double root = market.Volatility * Math.Sqrt(option.YearsToExpiry);
        double d1 = (Math.Log(market.Spot / option.Strike)
            + ((market.Rate - market.DividendYield + (market.Volatility * market.Volatility / 2)) * option.YearsToExpiry)) / root;
        double d2 = d1 - root;
        double discountedSpot = market.Spot * Math.Exp(-market.DividendYield * option.YearsToExpiry);
        double discountedStrike = option.Strike * Math.Exp(-market.Rate * option.YearsToExpiry);
        return option.Kind == OptionKind.Call
            ? (discountedSpot * Normal(d1)) - (discountedStrike * Normal(d2))
            : (discountedStrike * Normal(-d2)) - (discountedSpot * Normal(-d1));
    }

    /// <summary>Abramowitz and Stegun 7.1.26, good to 1.5e-7.</summary>
    private static double Normal(double x)
    {
        ReadOnlySpan<double> coefficients = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
        double t = 1 / (1 + (0.3275911 * Math.Abs(x) / Math.Sqrt(2)));
        double polynomial = 0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
            polynomial = (polynomial * t) + coefficients[i];
        double erf = 1 - (polynomial * t * Math.Exp(-x * x / 2));
        return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
    }
}

public static class Pricing
{
    private const int PathsPerBlock = 20_000;

    [Remote(Cpus = "16+", Memory = "8+")]
    public static async Task<Estimate> SimulateAsync(OptionContract option, Market market, SimulationSettings settings, CancellationToken cancellationToken = default)
    {
        if (option.Style == PayoffStyle.UpAndOutBarrier && option.Barrier is null)
            throw new PricingException($"{option.Isin} is a barrier option without a barrier.");

        var watch = Stopwatch.StartNew();
        int blocks = (settings.Paths + PathsPerBlock - 1) / PathsPerBlock;
        var estimates = new Estimate[blocks];
        await Parallel.ForAsync(0, blocks, cancellationToken, (block, token) =>
        {
            token.ThrowIfCancellationRequested();
            int paths = Math.Min(PathsPerBlock, settings.Paths - (block * PathsPerBlock));
            estimates[block] = SimulateBlock(option, market, settings, paths, new GaussianSource(settings.Seed + (ulong)block));
            return ValueTask.CompletedTask;
        });
        Console.WriteLine($"{option.Isin}: {settings.Paths:N0} paths on {Environment.ProcessorCount} cores in {watch.Elapsed.TotalSeconds:F2} s");
        return estimates.Aggregate(default(Estimate), static (sum, one) => sum.CombineWith(one));
    }

    private static Estimate SimulateBlock(OptionContract option, Market market, SimulationSettings settings, int paths, GaussianSource gaussian)
    {
        double dt = option.YearsToExpiry / settings.StepsPerPath;
        double drift = (market.Rate - market.DividendYield - (market.Volatility * market.Volatility / 2)) * dt;
        double diffusion = market.Volatility * Math.Sqrt(dt);
        double discount = Math.Exp(-market.Rate * option.YearsToExpiry);
        Span<double> shocks = settings.StepsPerPath <= 512 ? stackalloc double[settings.StepsPerPath] : new double[settings.StepsPerPath];
        double sum = 0, sumOfSquares = 0;
        for (int path = 0; path < paths; path++)
        {
            foreach (ref double shock in shocks)
                shock = gaussian.Next();
            double payoff = Payoff(option, market.Spot, shocks, drift, diffusion);
            if (settings.Antithetic)
                payoff = (payoff + Payoff(option, market.Spot, shocks, drift, -diffusion)) / 2;
            payoff *= discount;
            sum += payoff;
            sumOfSquares += payoff * payoff;
        }

        double mean = sum / paths;
        double variance = Math.Max((sumOfSquares / paths) - (mean * mean), 0);
        return new Estimate(mean, Math.Sqrt(variance / paths), paths);
    }

    private static double Payoff(OptionContract option, double spot, ReadOnlySpan<double> shocks, double drift, double diffusion)
    {
        double price = spot, sum = 0, highest = spot;
        foreach (double shock in shocks)
        {
            price *= Math.Exp(drift + (diffusion * shock));
            sum += price;
            highest = Math.Max(highest, price);
        }

        return option.Style switch
        {
            PayoffStyle.European => option.Intrinsic(price),
            PayoffStyle.ArithmeticAsian => option.Intrinsic(sum / shocks.Length),
            PayoffStyle.UpAndOutBarrier => highest >= option.Barrier ? 0 : option.Intrinsic(price),
            _ => throw new PricingException($"There is no payoff for {option.Style}."),
        };
    }
}

/// <summary>The nightly job: prices the whole book and writes a sheet for the desk.</summary>
public sealed class NightlyBook(Market market, TextWriter output)
{
    public async Task PriceAsync(IReadOnlyList<OptionContract> book, CancellationToken cancellationToken)
    {
        var settings = new SimulationSettings(Paths: 1_000_000, StepsPerPath: 252, Seed: 42);
        Estimate[] estimates = await Task.WhenAll(book.Select(option => Pricing.SimulateAsync(option, market, settings, cancellationToken)));
        await output.WriteLineAsync("isin;style;price;error;analytic");
        foreach ((OptionContract option, Estimate estimate) in book.Zip(estimates))
        {
            string analytic = option.Style == PayoffStyle.European ? BlackScholes.Price(option, market).ToString("F4", CultureInfo.InvariantCulture) : "n/a";
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{option.Isin};{option.Style};{estimate.Price:F4};{estimate.StandardError:F5};{analytic}"));
        }
    }
}
