// A data team's import of delimited files: RFC 4180 parsing, type inference, column statistics and a report of what was refused.
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Corpus.DelimitedFiles;

public enum ColumnType
{
    Text,
    Integer,
    Decimal,
    Date,
    Boolean,
}

public sealed record ImportOptions(char Delimiter = ',', bool HasHeader = true, int SampleRows = 500, string? NullText = "\\N");

public sealed record ColumnProfile(string Name, ColumnType Type, long Nulls, long Distinct, string? Minimum, string? Maximum, double? Mean);

public sealed record Rejection(long Line, string Column, string Value, string Reason);

public sealed record ImportReport(long Rows, IReadOnlyList<ColumnProfile> Columns, IReadOnlyList<Rejection> Rejected);

public sealed class MalformedFileException(string message, long line) : IOException(message)
{
    public long Line { get; } = line;
}

[JsonSerializable(typeof(ImportReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>Reads records; a quoted field may hold delimiters, quotes and line breaks.</summary>
internal sealed class RecordReader(TextReader reader, char delimiter)
{
    private readonly StringBuilder _field = new();

    public long Line { get; private set; } = 1;

    public async IAsyncEnumerable<string[]> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var buffer = new char[16 * 1024];
        var fields = new List<string>();
        bool quoted = false, wasQuote = false, any = false;
        int read;
        while ((read = await reader.ReadAsync(buffer.AsMemory(), cancellationToken)) > 0)
        {
            for (int i = 0; i < read; i++)
            {
                char c = buffer[i];
                any = true;
                if (c == '\n')
                    Line++;
                switch (c)
                {
                    case '"' when quoted && !wasQuote:
                        wasQuote = true;
                        continue;
                    case '"' when quoted:
                        _field.Append('"');
                        break;
                    case '"' when _field.Length == 0:
                        quoted = true;
                        break;
                    case '\n' when !quoted || wasQuote:
                        fields.Add(Take());
                        yield return [.. fields];
                        fields.Clear();
                        (quoted, any) = (false, false);
                        break;
                    case var _ when c == delimiter && (!quoted || wasQuote):
                        fields.Add(Take());
                        quoted = false;
                        break;
                    default:
                        if (wasQuote && c != '\r')
                            throw new MalformedFileException($"Line {Line}: there is text behind a closing quote.", Line);
                        _field.Append(c);
                        break;
                }

                wasQuote = false;
            }
        }

        if (quoted && !wasQuote)
            throw new MalformedFileException($"The quote of the last field, opened before line {Line}, is not closed.", Line);
        if (any)
            yield return [.. fields, Take()];
    }

    private string Take()
    {
        if (_field is [.., '\r'])
            _field.Length--;
        string value = _field.ToString();
        _field.Clear();
        return value;
    }
}

internal static class Values
{
    private static readonly string[] DateFormats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "dd.MM.yyyy", "MM/dd/yyyy"];

    public static bool Fits(string text, ColumnType type) => type switch
    {
        ColumnType.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        ColumnType.Decimal => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        ColumnType.Date => DateTimeOffset.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _),
        ColumnType.Boolean => text is "true" or "false" or "yes" or "no" or "0" or "1",
        _ => true,
    };

    public static ColumnType Infer(IEnumerable<string> sample)
    {
        List<string> values = [.. sample];
        ColumnType[] candidates = [ColumnType.Boolean, ColumnType.Integer, ColumnType.Decimal, ColumnType.Date];
        return values.Count == 0 ? ColumnType.Text : candidates.FirstOrDefault(type => values.All(value => Fits(value, type)), ColumnType.Text);
    }
}

internal sealed class ColumnCollector(string name, ColumnType type)
{
    private readonly HashSet<int> _hashes = [];
    private long _nulls, _count;
    private decimal _sum;
    private string? _minimum, _maximum;

    public string Name => name;

    public ColumnType Type => type;

    public void AddNull() => _nulls++;

    public void Add(string value)
    {
        _hashes.Add(string.GetHashCode(value, StringComparison.Ordinal));
        _count++;
        if (type is ColumnType.Integer or ColumnType.Decimal)
        {
            decimal number = decimal.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
            _sum += number;
            _minimum = _minimum is null || number < decimal.Parse(_minimum, CultureInfo.InvariantCulture) ? value : _minimum;
            _maximum = _maximum is null || number > decimal.Parse(_maximum, CultureInfo.InvariantCulture) ? value : _maximum;
        }
        else
        {
            _minimum = _minimum is null || string.CompareOrdinal(value, _minimum) < 0 ? value : _minimum;
            _maximum = _maximum is null || string.CompareOrdinal(value, _maximum) > 0 ? value : _maximum;
        }
    }

    public ColumnProfile Profile() => new(
        name, type, _nulls, _hashes.Count, _minimum, _maximum, type is ColumnType.Integer or ColumnType.Decimal && _count > 0 ? (double)(_sum / _count) : null);
}

public static class Import
{
    private const int MostRejections = 1000;

    /// <summary>Profiles a file that lies where this runs: on a shared volume, or below the folder of the deployment.</summary>
    [Remote(Cpus = "2+", Memory = "4+")]
    public static async Task<ImportReport> ProfileAsync(string path, ImportOptions options, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        string full = Path.IsPathRooted(path) ? path : Path.Combine(AppContext.BaseDirectory, "data", path);
        if (!File.Exists(full))
            throw new FileNotFoundException($"There is no file '{full}' on this host; copy it to the shared volume first.", full);
        using var file = new StreamReader(full, Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return await ProfileAsync(file, options, progress, cancellationToken);
    }

    private static async Task<ImportReport> ProfileAsync(TextReader file, ImportOptions options, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var reader = new RecordReader(file, options.Delimiter);
        string[]? header = null;
        List<string[]> sample = [];
        List<ColumnCollector>? columns = null;
        List<Rejection> rejected = [];
        long rows = 0;
        await foreach (string[] record in reader.ReadAsync(cancellationToken))
        {
            if (header is null)
            {
                header = options.HasHeader ? record : [.. record.Select(static (_, i) => $"column{i + 1}")];
                if (options.HasHeader)
                    continue;
            }

            rows++;
            if (record.Length != header.Length)
            {
                Reject(new Rejection(reader.Line, "", string.Join(options.Delimiter, record), $"{record.Length} fields instead of {header.Length}"));
                continue;
            }

            if (columns is null && sample.Count < options.SampleRows)
            {
                sample.Add(record);
                continue;
            }

            columns ??= Start(header);
            Collect(columns, record);
            if (rows % 100_000 == 0)
                progress?.Report(rows);
        }

        columns ??= Start(header ?? []);
        return new ImportReport(rows, [.. columns.Select(static column => column.Profile())], rejected);

        List<ColumnCollector> Start(string[] names)
        {
            List<ColumnCollector> made =
                [.. names.Select((name, i) => new ColumnCollector(name, Values.Infer(sample.Select(row => row[i]).Where(value => value.Length > 0 && value != options.NullText))))];
            foreach (string[] row in sample)
                Collect(made, row);
            return made;
        }

        void Collect(List<ColumnCollector> into, string[] record)
        {
            foreach ((ColumnCollector column, string value) in into.Zip(record))
            {
                if (value.Length == 0 || value == options.NullText)
                    column.AddNull();
                else if (Values.Fits(value, column.Type))
                    column.Add(value);
                else
                    Reject(new Rejection(reader.Line, column.Name, value, $"not of type {column.Type}"));
            }
        }

        void Reject(Rejection rejection)
        {
            if (rejected.Count < MostRejections)
                rejected.Add(rejection);
        }
    }

    public static async Task PrintAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            ImportReport report = await ProfileAsync(path, new ImportOptions(Delimiter: ';'), new Progress<long>(static rows => Console.Error.Write($"\r{rows:N0}")), cancellationToken);
            Console.WriteLine(JsonSerializer.Serialize(report, ReportJson.Default.ImportReport));
        }
        catch (MalformedFileException malformed)
        {
            Console.Error.WriteLine($"{path}({malformed.Line}): {malformed.Message}");
            Environment.ExitCode = 2;
        }
    }
}
