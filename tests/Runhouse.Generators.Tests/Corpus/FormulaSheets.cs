// Spreadsheet formulas as data: a Pratt parser, an expression tree that travels as a union, and a recalculation in topological order.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Corpus.FormulaSheets;

[JsonDerivedType(typeof(Number), "number")]
[JsonDerivedType(typeof(CellReference), "cell")]
[JsonDerivedType(typeof(CellRange), "range")]
[JsonDerivedType(typeof(Unary), "unary")]
[JsonDerivedType(typeof(Binary), "binary")]
[JsonDerivedType(typeof(Call), "call")]
public abstract record Expression;

public sealed record Number(double Value) : Expression;

public sealed record CellReference(string Name) : Expression;

public sealed record CellRange(string From, string To) : Expression;

public sealed record Unary(char Operator, Expression Operand) : Expression;

public sealed record Binary(char Operator, Expression Left, Expression Right) : Expression;

public sealed record Call(string Function, ImmutableArray<Expression> Arguments) : Expression;

public sealed record Sheet(IReadOnlyDictionary<string, Expression> Cells);

public sealed record CellValue(string Name, double? Value, string? Error);

public sealed class FormulaException(string message, int position) : FormatException(message)
{
    public int Position { get; } = position;
}

internal sealed class FormulaParser(string text)
{
    private int _at;

    public static Expression Parse(string text)
    {
        var parser = new FormulaParser(text);
        Expression expression = parser.ParseExpression(0);
        return parser._at == text.Length ? expression : throw parser.Error($"'{text[parser._at]}' is not expected");
    }

    private Expression ParseExpression(int minimumPower)
    {
        Expression left = ParsePrefix();
        while (true)
        {
            SkipBlanks();
            char sign = Peek();
            (int power, bool rightAssociative) = sign switch
            {
                '<' or '>' or '=' => (1, false),
                '+' or '-' => (2, false),
                '*' or '/' => (3, false),
                '^' => (5, true),
                _ => (0, false),
            };
            if (power == 0 || power < minimumPower)
                return left;
            _at++;
            left = new Binary(sign, left, ParseExpression(rightAssociative ? power : power + 1));
        }
    }

    private Expression ParsePrefix()
    {
        SkipBlanks();
        switch (Peek())
        {
            case '-':
                _at++;
                return new Unary('-', ParseExpression(4));
            case '(':
                _at++;
                Expression inner = ParseExpression(0);
                Expect(')');
                return inner;
            case >= '0' and <= '9' or '.':
                return new Number(double.Parse(TakeWhile(static c => char.IsAsciiDigit(c) || c == '.'), CultureInfo.InvariantCulture));
            case var c when char.IsAsciiLetter(c):
                return ParseName();
            default:
                throw Error(_at < text.Length ? $"'{text[_at]}' is not expected" : "the formula ends too early");
        }
    }

    private Expression ParseName()
    {
        string name = TakeWhile(char.IsAsciiLetterOrDigit).ToUpperInvariant();
        SkipBlanks();
        switch (Peek())
        {
            case '(':
                _at++;
                var arguments = ImmutableArray.CreateBuilder<Expression>();
                SkipBlanks();
                while (Peek() != ')')
                {
                    arguments.Add(ParseExpression(0));
                    SkipBlanks();
                    if (Peek() is ';' or ',')
                        _at++;
                }

                _at++;
                return new Call(name, arguments.ToImmutable());
            case ':':
                _at++;
                return new CellRange(name, TakeWhile(char.IsAsciiLetterOrDigit).ToUpperInvariant());
            default:
                return new CellReference(name);
        }
    }

    private string TakeWhile(Func<char, bool> fits)
    {
        int start = _at;
        while (_at < text.Length && fits(text[_at]))
            _at++;
        return text[start.._at];
    }

    private void Expect(char c)
    {
        SkipBlanks();
        if (Peek() != c)
            throw Error($"'{c}' is missing");
        _at++;
    }

    private void SkipBlanks() => TakeWhile(char.IsWhiteSpace);

    private char Peek() => _at < text.Length ? text[_at] : '\0';

    private FormulaException Error(string what) => new($"Position {_at + 1} of '{text}': {what}.", _at);
}

internal sealed class Recalculation(Sheet sheet, int rounds)
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public IReadOnlyList<CellValue> Run(CancellationToken cancellationToken)
    {
        for (int round = 0; round < rounds; round++)
        {
            _values.Clear();
            _errors.Clear();
            foreach (string cell in sheet.Cells.Keys)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TryCell(cell);
            }
        }

        return [.. sheet.Cells.Keys.Order(StringComparer.Ordinal).Select(name => new CellValue(
            name, _values.TryGetValue(name, out double value) ? value : null, _errors.GetValueOrDefault(name)))];
    }

    private void TryCell(string name)
    {
        try
        {
            Cell(name);
        }
        catch (InvalidOperationException problem)
        {
            _errors[name] = problem.Message;
        }
    }

    private double Cell(string name)
    {
        if (_values.TryGetValue(name, out double known))
            return known;
        if (!sheet.Cells.TryGetValue(name, out Expression? expression))
            return 0;
        if (!_open.Add(name))
            throw new InvalidOperationException($"#CYCLE: {string.Join(" > ", _open)} > {name}");
        try
        {
            return _values[name] = Evaluate(expression);
        }
        finally
        {
            _open.Remove(name);
        }
    }

    private double Evaluate(Expression expression) => expression switch
    {
        Number number => number.Value,
        CellReference cell => Cell(cell.Name),
        Unary unary => -Evaluate(unary.Operand),
        Binary { Operator: '/' } division => Evaluate(division.Right) is not 0 and var divisor ? Evaluate(division.Left) / divisor : throw new InvalidOperationException("#DIV/0"),
        Binary binary => (binary.Operator, Evaluate(binary.Left), Evaluate(binary.Right)) switch
        {
            ('+', var a, var b) => a + b,
            ('-', var a, var b) => a - b,
            ('*', var a, var b) => a * b,
            ('^', var a, var b) => Math.Pow(a, b),
            ('<', var a, var b) => a < b ? 1 : 0,
            ('>', var a, var b) => a > b ? 1 : 0,
            (_, var a, var b) => a == b ? 1 : 0,
        },
        Call { Function: "IF", Arguments: [var condition, var then, var otherwise] } => Evaluate(condition) != 0 ? Evaluate(then) : Evaluate(otherwise),
        Call call => Apply(call.Function, [.. call.Arguments.SelectMany(Values)]),
        _ => throw new InvalidOperationException("#VALUE"),
    };

    private IEnumerable<double> Values(Expression argument)
    {
        if (argument is not CellRange range)
            return [Evaluate(argument)];
        ((int column, int row), (int lastColumn, int lastRow)) = (Coordinates(range.From), Coordinates(range.To));
        return Enumerable.Range(row, lastRow - row + 1).SelectMany(r => Enumerable.Range(column, lastColumn - column + 1).Select(c => Cell($"{(char)('A' + c)}{r}")));
    }

    private static (int Column, int Row) Coordinates(string name) => (name[0] - 'A', int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture));

    private static double Apply(string function, IReadOnlyList<double> values) => function switch
    {
        "SUM" => values.Sum(),
        "AVERAGE" => values.Average(),
        "MIN" => values.Min(),
        "MAX" => values.Max(),
        "COUNT" => values.Count,
        "ROUND" when values is [var value, var digits] => Math.Round(value, (int)digits, MidpointRounding.AwayFromZero),
        "SQRT" when values is [>= 0 and var value] => Math.Sqrt(value),
        _ => throw new InvalidOperationException($"#NAME: {function}"),
    };
}

public static class Sheets
{
    [Remote(Cpus = "4+")]
    public static Task<IReadOnlyList<CellValue>> CalculateAsync(Sheet sheet, CancellationToken cancellationToken = default)
        => Task.Run(() => new Recalculation(sheet, rounds: 1).Run(cancellationToken), cancellationToken);

    /// <summary>What a cell becomes when another takes each of several values.</summary>
    [Remote(Cpus = "16+")]
    public static async IAsyncEnumerable<double?> WhatIfAsync(Sheet sheet, string changed, IReadOnlyList<double> values, string watched)
    {
        foreach (double value in values)
        {
            var cells = new Dictionary<string, Expression>(sheet.Cells) { [changed] = new Number(value) };
            IReadOnlyList<CellValue> calculated = await Task.Run(() => new Recalculation(new Sheet(cells), rounds: 1).Run(CancellationToken.None));
            yield return calculated.FirstOrDefault(cell => cell.Name == watched)?.Value;
        }
    }

    public static Sheet Parse(IEnumerable<string> lines) => new(lines
        .Select(static line => line.Split('=', 2))
        .Where(static parts => parts.Length == 2)
        .ToDictionary(static parts => parts[0].Trim().ToUpperInvariant(), static parts => FormulaParser.Parse(parts[1].Trim()), StringComparer.Ordinal));
}
