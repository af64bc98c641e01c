using System.Numerics;
using CsCheck;
using Runhouse.Serialization.Corpus;

namespace Runhouse.Serialization;

/// <summary>Random values of the corpus's types.</summary>
internal static class Values
{
    private static readonly AsyncLocal<bool> IsWellFormed = new();

    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.String, Gen.Const(""), Gen.Const("\uD83D\uDE00 grin"), Lone("lone \uD83D"), Lone("\uDE00 low first"), Gen.Const("\0"), Gen.Const(new string('x', 100_000)));

    public static readonly Gen<string?> NullableText = Gen.Null(Text)!;

    public static readonly Gen<decimal> Decimal = Gen.OneOf(
        Gen.Decimal, Gen.Const(decimal.MaxValue), Gen.Const(decimal.MinValue), Gen.Const(1.000m), Gen.Const(-0.0000000000000000000000000001m));

    public static readonly Gen<DateTimeOffset> DateTimeOffset = Gen.OneOf(
        Gen.DateTimeOffset,
        Gen.Const(System.DateTimeOffset.MinValue),
        Gen.Const(System.DateTimeOffset.MaxValue),
        Gen.Int[-14 * 60, 14 * 60].Select(static minutes => new DateTimeOffset(2026, 5, 6, 7, 8, 9, TimeSpan.FromMinutes(minutes))));

    public static readonly Gen<DateTime> DateTime = Gen.OneOf(
        Gen.DateTime,
        Gen.Const(System.DateTime.MaxValue),
        Gen.Enum<DateTimeKind>().Select(static kind => new DateTime(2026, 5, 6, 7, 8, 9, kind)));

    public static readonly Gen<BigInteger> BigInteger = Gen.Byte.Array[0, 40].Select(static bytes => new BigInteger(bytes));

    public static readonly Gen<Half> Half = Gen.Float.Select(static value => float.IsNaN(value) ? (Half)1.5f : (Half)value);

    public static readonly Gen<Color> Color = Gen.Byte.Select(static value => (Color)value);

    public static readonly Gen<Point> Point = Gen.Select(Gen.Int, Gen.Int, static (x, y) => new Point(x, y));

    public static readonly Gen<Pixel> Pixel = Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, static (r, g, b) => new Pixel(r, g, b));

    public static readonly Gen<Wide> Wide =
        Gen.Select(
            Gen.Select(Gen.Bool, Gen.Byte, Gen.SByte, Gen.Short, Gen.UShort, Gen.Int, Gen.UInt),
            Gen.Select(Gen.Long, Gen.ULong, Gen.Float, Gen.Double, Decimal, Gen.Char),
            Gen.Select(Text, Gen.Guid, DateTime, DateTimeOffset, Gen.TimeSpan, Gen.DateOnly, Gen.TimeOnly),
            static (a, b, c) => new Wide(
                a.Item1, a.Item2, a.Item3, a.Item4, a.Item5, a.Item6, a.Item7,
                b.Item1, b.Item2, float.IsNaN(b.Item3) ? 0 : b.Item3, b.Item4, b.Item5, b.Item6,
                c.Item1, c.Item2, c.Item3, c.Item4, c.Item5, c.Item6, c.Item7));

    public static readonly Gen<Numbers> Numbers = Gen.Select(
        Gen.Long, Gen.ULong, Half, BigInteger, Gen.Int,
        static (a, b, c, d, e) => new Numbers((Int128)a << 40, (UInt128)b << 50, c, d, new Complex(e, -e)));

    public static readonly Gen<Person> Person = Gen.Recursive<Person>(static (depth, person) => Gen.Select(
        Text, Gen.Nullable(Gen.Int), depth > 3 ? Gen.Int.Select(static _ => (Person?)null) : Gen.Null(person)!, NullableText,
        static (name, age, friend, nickname) => new Person(name, age, friend, nickname)));

    public static readonly Gen<Tree> Tree = Gen.Recursive<Tree>(static (depth, tree) => Gen.Select(
        Gen.Int, depth > 3 ? Gen.Int.Select(static _ => new List<Tree>()) : tree.List[0, 3], static (value, children) => new Tree(value, children)));

    public static readonly Gen<NullableMembers> NullableMembers = Gen.Select(
        Gen.Select(Gen.Nullable(Gen.Int), Gen.Nullable(Pixel), Gen.Nullable(Color), Gen.Nullable(Gen.Guid)),
        Gen.Select(NullableText, Gen.Null(Gen.Int.Array[0, 5]), Gen.Null(Point), Gen.Nullable(DateTimeOffset), Gen.Nullable(Decimal)),
        static (a, b) => new NullableMembers(a.Item1, a.Item2, a.Item3, a.Item4, b.Item1, b.Item2, b.Item3, b.Item4, b.Item5));

    public static readonly Gen<Animal> Animal = Gen.OneOf<Animal>(
        Gen.Select(Text, Gen.Int, static (name, lives) => (Animal)new Cat { Name = name, Lives = lives }),
        Gen.Select(Text, NullableText, static (name, owner) => (Animal)new Dog { Name = name, Owner = owner }),
        Gen.Select(Text, Gen.Int, static (name, weeks) => (Animal)new Puppy { Name = name, Weeks = weeks }));

    /// <summary>From here on, texts are such as JSON can have: it has no surrogates without a partner.</summary>
    public static void WithoutLoneSurrogates() => IsWellFormed.Value = true;

    private static Gen<string> Lone(string text) => Gen.Const(text).Select(static one => IsWellFormed.Value ? "another" : one);
}
