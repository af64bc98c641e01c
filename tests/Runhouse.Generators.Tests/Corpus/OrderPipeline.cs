// A wholesaler's nightly order pipeline: validate, deduplicate, join with prices, aggregate by window; channels between the stages.
using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

[assembly: RemoteStartup(typeof(Corpus.OrderPipeline.PipelineStartup))]

namespace Corpus.OrderPipeline;

public sealed record RawOrder(string Number, string Customer, string Article, string Quantity, string Currency, DateTimeOffset Received);

public sealed record Order(string Number, string Customer, string Article, int Quantity, decimal Total, DateOnly Day);

public sealed record Rejected(string Number, string Reason);

public sealed record DaySummary(DateOnly Day, string Article, int Quantity, decimal Revenue, int Customers);

public sealed record BatchResult(int Accepted, int Duplicates, IReadOnlyList<Rejected> Rejected, IReadOnlyList<DaySummary> Days);

public interface IPriceList
{
    ValueTask<decimal?> FindAsync(string article, DateOnly day, CancellationToken cancellationToken);
}

public sealed class PriceServiceException(string message, bool isTransient) : Exception(message)
{
    public bool IsTransient { get; } = isTransient;
}

/// <summary>Asks the price service, at most a few requests at a time, and again after a pause when it is busy.</summary>
public sealed class HttpPriceList(HttpClient client, TimeProvider time) : IPriceList, IDisposable
{
    private const int Attempts = 5;

    private readonly SemaphoreSlim _limit = new(8);

    public async ValueTask<decimal?> FindAsync(string article, DateOnly day, CancellationToken cancellationToken)
    {
        await _limit.WaitAsync(cancellationToken);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    return await RequestAsync(article, day, cancellationToken);
                }
                catch (PriceServiceException problem) when (problem.IsTransient && attempt < Attempts)
                {
                    double jitter = 0.5 + Random.Shared.NextDouble();
                    await Task.Delay(TimeSpan.FromMilliseconds(100 * Math.Pow(2, attempt) * jitter), time, cancellationToken);
                }
            }
        }
        finally
        {
            _limit.Release();
        }
    }

    public void Dispose() => _limit.Dispose();

    private async Task<decimal?> RequestAsync(string article, DateOnly day, CancellationToken cancellationToken)
    {
        string route = string.Create(CultureInfo.InvariantCulture, $"/v2/prices/{Uri.EscapeDataString(article)}?day={day:yyyy-MM-dd}");
        using HttpResponseMessage response = await client.GetAsync(new Uri(route, UriKind.Relative), cancellationToken);
        return (int)response.StatusCode switch
        {
            404 => null,
            429 or >= 500 => throw new PriceServiceException($"{route} answered {(int)response.StatusCode}.", isTransient: true),
            >= 400 => throw new PriceServiceException($"{route} answered {(int)response.StatusCode}.", isTransient: false),
            _ => decimal.Parse(await response.Content.ReadAsStringAsync(cancellationToken), CultureInfo.InvariantCulture),
        };
    }
}

public sealed class PipelineStartup
{
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(static _ => new HttpClient { BaseAddress = new Uri("https://prices.example.com") });
        services.AddSingleton<IPriceList, HttpPriceList>();
        services.AddLogging();
    }
}

internal static class Validation
{
    private static readonly FrozenDictionary<string, decimal> EuroPer = new Dictionary<string, decimal>
    {
        ["EUR"] = 1m,
        ["CHF"] = 1.04m,
        ["DKK"] = 0.134m,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static string? Problem(RawOrder order) => order switch
    {
        { Number: "" or null } => "it has no number",
        { Customer.Length: not (6 or 8) } => $"'{order.Customer}' is no customer number",
        _ when !int.TryParse(order.Quantity, NumberStyles.None, CultureInfo.InvariantCulture, out int quantity) || quantity is 0 or > 10_000 => $"'{order.Quantity}' is no quantity",
        _ when !EuroPer.ContainsKey(order.Currency) => $"no rate is known for '{order.Currency}'",
        _ => null,
    };

    public static decimal ToEuro(decimal amount, string currency) => decimal.Round(amount * EuroPer[currency], 2, MidpointRounding.ToEven);

    /// <summary>Two deliveries of one order have the same fingerprint, whatever the spelling of its customer.</summary>
    public static string Fingerprint(RawOrder order)
    {
        string text = string.Join('\u001f', order.Number.Trim(), order.Customer.Trim().ToUpperInvariant(), order.Article, order.Quantity);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}

internal sealed class DailyTotals
{
    private readonly Dictionary<(DateOnly Day, string Article), (int Quantity, decimal Revenue, HashSet<string> Customers)> _totals = [];

    public int Accepted { get; private set; }

    public void Add(Order order)
    {
        Accepted++;
        var key = (order.Day, order.Article);
        (int quantity, decimal revenue, HashSet<string> customers) = _totals.TryGetValue(key, out var sofar) ? sofar : (0, 0m, []);
        customers.Add(order.Customer);
        _totals[key] = (quantity + order.Quantity, revenue + order.Total, customers);
    }

    public IReadOnlyList<DaySummary> ToList() =>
    [
        .. _totals
            .Select(static pair => new DaySummary(pair.Key.Day, pair.Key.Article, pair.Value.Quantity, pair.Value.Revenue, pair.Value.Customers.Count))
            .OrderBy(static summary => summary.Day)
            .ThenByDescending(static summary => summary.Revenue),
    ];
}

public static partial class OrderJobs
{
    private const int Workers = 16;

    [Remote(Cpus = "8+", Memory = "16+")]
    public static async Task<BatchResult> ProcessAsync(
        IAsyncEnumerable<RawOrder> orders,
        [FromServices] IPriceList prices,
        [FromServices] ILoggerFactory loggers,
        CancellationToken cancellationToken = default)
    {
        ILogger logger = loggers.CreateLogger("Orders");
        var validated = Channel.CreateBounded<RawOrder>(new BoundedChannelOptions(1000) { SingleWriter = true });
        var priced = Channel.CreateBounded<Order>(1000);
        var rejected = Channel.CreateUnbounded<Rejected>(new UnboundedChannelOptions { SingleReader = true });

        Task<int> validating = ValidateAsync(orders, validated.Writer, rejected.Writer, cancellationToken);
        Task pricing = PriceAllAsync(validated.Reader, priced.Writer, rejected.Writer, prices, cancellationToken);
        var totals = new DailyTotals();
        await foreach (Order order in priced.Reader.ReadAllAsync(cancellationToken))
            totals.Add(order);

        await pricing;
        int duplicates = await validating;
        rejected.Writer.Complete();
        List<Rejected> refused = await rejected.Reader.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken);
        LogBatch(logger, totals.Accepted, duplicates, refused.Count);
        return new BatchResult(totals.Accepted, duplicates, refused, totals.ToList());
    }

    private static async Task<int> ValidateAsync(
        IAsyncEnumerable<RawOrder> orders, ChannelWriter<RawOrder> good, ChannelWriter<Rejected> bad, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int duplicates = 0;
        try
        {
            await foreach (RawOrder order in orders.WithCancellation(cancellationToken))
            {
                if (Validation.Problem(order) is { } problem)
                    await bad.WriteAsync(new Rejected(order.Number, problem), cancellationToken);
                else if (seen.Add(Validation.Fingerprint(order)))
                    await good.WriteAsync(order, cancellationToken);
                else
                    duplicates++;
            }
        }
        catch (Exception failure)
        {
            good.Complete(failure);
            throw;
        }

        good.Complete();
        return duplicates;
    }

    private static async Task PriceAllAsync(
        ChannelReader<RawOrder> orders, ChannelWriter<Order> output, ChannelWriter<Rejected> bad, IPriceList prices, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(async _ =>
            {
                await foreach (RawOrder order in orders.ReadAllAsync(cancellationToken))
                {
                    var day = DateOnly.FromDateTime(order.Received.UtcDateTime);
                    if (await prices.FindAsync(order.Article, day, cancellationToken) is not { } price)
                    {
                        await bad.WriteAsync(new Rejected(order.Number, $"article {order.Article} has no price on {day:O}"), cancellationToken);
                        continue;
                    }

                    int quantity = int.Parse(order.Quantity, CultureInfo.InvariantCulture);
                    await output.WriteAsync(new Order(order.Number, order.Customer, order.Article, quantity, Validation.ToEuro(price * quantity, order.Currency), day), cancellationToken);
                }
            }));
            output.Complete();
        }
        catch (Exception failure)
        {
            output.Complete(failure);
            throw;
        }
    }

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "{Accepted} orders accepted, {Duplicates} duplicates, {Refused} refused")]
    private static partial void LogBatch(ILogger logger, int accepted, int duplicates, int refused);
}

/// <summary>The scheduled job of the warehouse's own server: reads what the shops have left and sends it off.</summary>
public sealed class NightlyRun(ILogger<NightlyRun> logger)
{
    public async Task RunAsync(string inbox, CancellationToken cancellationToken)
    {
        // Runs here, where the shops' files are: the clock and the name of this machine are what is meant.
        logger.LogInformation("Started on {Machine} at {Time}", Environment.MachineName, DateTime.Now);
        BatchResult result = await OrderJobs.Remote.ProcessAsync(ReadAsync(inbox, cancellationToken), cancellationToken);
        foreach (IGrouping<string, Rejected> group in result.Rejected.GroupBy(static one => one.Reason))
            logger.LogWarning("{Count} orders refused: {Reason}", group.Count(), group.Key);
        string folder = Environment.GetEnvironmentVariable("ORDER_REPORTS") ?? Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, $"orders-{DateTime.Today:yyyyMMdd}.csv"),
            result.Days.Select(static day => string.Create(CultureInfo.InvariantCulture, $"{day.Day:O};{day.Article};{day.Quantity};{day.Revenue}")),
            cancellationToken);
    }

    private static async IAsyncEnumerable<RawOrder> ReadAsync(string inbox, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string file in Directory.EnumerateFiles(inbox, "*.txt").Order(StringComparer.Ordinal))
        {
            DateTimeOffset received = File.GetLastWriteTimeUtc(file);
            await foreach (string line in File.ReadLinesAsync(file, cancellationToken))
            {
                if (line.Split('|') is [var number, var customer, var article, var quantity, var currency])
                    yield return new RawOrder(number, customer, article, quantity, currency, received);
            }
        }
    }
}
