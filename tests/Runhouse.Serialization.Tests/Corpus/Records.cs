namespace Runhouse.Serialization.Corpus;

public enum Color : byte
{
    Red = 1,
    Green = 2,
    Blue = 200,
}

[Flags]
public enum Rights : long
{
    None = 0,
    Read = 1,
    Write = 1L << 40,
}

public sealed record Point(int X, int Y);

public sealed record Person(string Name, int? Age, Person? Friend, string? Nickname = "none");

public record Shape(string Name)
{
    public required double Scale { get; init; }

    public Color Color { get; set; } = Color.Green;
}

public sealed record Wide(
    bool A, byte B, sbyte C, short D, ushort E, int F, uint G, long H, ulong I, float J, double K, decimal L, char M, string N, Guid O, DateTime P,
    DateTimeOffset Q, TimeSpan R, DateOnly S, TimeOnly T);

public sealed record Numbers(Int128 Big, UInt128 Unsigned, Half Half, System.Numerics.BigInteger Huge, System.Numerics.Complex Complex);

public sealed record Box<T>(T Value, IReadOnlyList<T> More);

public sealed record Tree(int Value, IReadOnlyList<Tree> Children);

public sealed record Keywords(int @class, string @event)
{
    public int @namespace { get; set; }
}

public readonly record struct Pixel(byte R, byte G, byte B);

public sealed record NullableMembers(int? A, Pixel? B, Color? C, Guid? D, string? E, int[]? F, Point? G, DateTimeOffset? H, decimal? I);
