namespace Runhouse.Generators.Analyzers.Contracts;

/// <summary>
/// One fact that deployed code relies on: a call with its result, <c>call App.Jobs.AddAsync(int, int) -> int</c>, or a part of data that travels,
/// <c>data App.Order.Name: string</c>.
/// </summary>
/// <param name="Key">What it is about, <c>call App.Jobs.AddAsync(int, int)</c>.</param>
/// <param name="Value">What is said of it, <c>int</c>.</param>
internal sealed record ContractLine(string Key, string Value)
{
    private const string Call = "call ";
    private const string Data = "data ";
    private const string Arrow = " -> ";
    private const string Colon = ": ";

    /// <summary>Whether it is a call.</summary>
    public bool IsCall => Key.StartsWith(Call, StringComparison.Ordinal);

    /// <summary>What it is about, for messages.</summary>
    public string Subject => Key.Substring(Call.Length);

    /// <summary>A line about a call.</summary>
    /// <param name="signature">The member's signature.</param>
    /// <param name="result">The result's type.</param>
    public static ContractLine OfCall(string signature, string result) => new(Call + signature, result);

    /// <summary>A line about a part of data.</summary>
    /// <param name="part">The type and its member, or the type and its tag.</param>
    /// <param name="type">The type that travels there.</param>
    public static ContractLine OfData(string part, string type) => new(Data + part, type);

    /// <summary>Reads a line; null when it is none.</summary>
    /// <param name="text">The line, trimmed.</param>
    public static ContractLine? Read(string text)
    {
        string? separator = text.StartsWith(Call, StringComparison.Ordinal) ? Arrow : text.StartsWith(Data, StringComparison.Ordinal) ? Colon : null;
        int at = separator is null ? -1 : text.LastIndexOf(separator, StringComparison.Ordinal);
        return at <= Call.Length ? null : new ContractLine(text.Substring(0, at), text.Substring(at + separator!.Length));
    }

    /// <inheritdoc/>
    public override string ToString() => Key + (IsCall ? Arrow : Colon) + Value;
}
