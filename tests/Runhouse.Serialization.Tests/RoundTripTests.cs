using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using CsCheck;
using Runhouse.Protocol.Generated;
using Runhouse.Serialization.Corpus;

namespace Runhouse.Serialization;

public sealed class RoundTripTests
{
    private const int Samples = 60;

    private static readonly Dictionary<string, Func<EchoRemote, Task>> Shapes = All();

    // Dictionaries whose keys are records.
    private static readonly HashSet<string> NotInJson = ["ByPoint"];

    public static TheoryData<string, ObjectForm> Cases
    {
        get
        {
            var cases = new TheoryData<string, ObjectForm>();
            foreach (string shape in Shapes.Keys)
            {
                cases.Add(shape, ObjectForm.Array);
                cases.Add(shape, ObjectForm.Map);
                if (!NotInJson.Contains(shape))
                    cases.Add(shape, ObjectForm.Plain);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_value_comes_back_as_it_went(string shape, ObjectForm form)
    {
        if (form == ObjectForm.Plain)
            Values.WithoutLoneSurrogates();
        await Shapes[shape](Loopback.Proxy(new Echo(), form, static handle => new EchoRemote(handle)));
    }

    [Fact]
    public void The_corpus_holds_at_least_sixty_shapes()
    {
        Assert.True(Shapes.Count >= 60, $"{Shapes.Count} shapes");
        string[] methods = [.. typeof(Echo).GetMethods().Where(static method => method.DeclaringType == typeof(Echo)).Select(static method => method.Name).Order()];
        Assert.Equal(methods, Shapes.Keys.Order());
    }

    private static Func<EchoRemote, Task> Check<T>(Gen<T> values, Func<EchoRemote, T, ValueTask<T>> echo)
        => remote => values.SampleAsync(async value => Assert.True(Same.Are(value, await echo(remote, value)), "the value changed on the trip"), iter: Samples, threads: 1);

    private static Dictionary<string, Func<EchoRemote, Task>> All()
    {
        Gen<int[]> ints = Gen.Int.Array[0, 20];
        Gen<string[]> texts = Values.Text.Array[0, 6];
        Gen<Dictionary<string, int>> counts = Gen.Dictionary(Gen.String, Gen.Int)[0, 6];
        return new(StringComparer.Ordinal)
        {
            ["Int"] = Check(Gen.Int, static (e, v) => e.IntAsync(v)),
            ["Text"] = Check(Values.NullableText, static (e, v) => e.TextAsync(v)),
            ["Char"] = Check(Gen.Char, static (e, v) => e.CharAsync(v)),
            ["Wide"] = Check(Values.Wide, static (e, v) => e.WideAsync(v)),
            ["Numbers"] = Check(Values.Numbers, static (e, v) => e.NumbersAsync(v)),
            ["Color"] = Check(Values.Color, static (e, v) => e.ColorAsync(v)),
            ["Rights"] = Check(Gen.Nullable(Gen.Long.Select(static bits => (Rights)bits)), static (e, v) => e.RightsAsync(v)),
            ["DateTime"] = Check(Values.DateTime, static (e, v) => e.DateTimeAsync(v)),
            ["DateTimeOffset"] = Check(Values.DateTimeOffset, static (e, v) => e.DateTimeOffsetAsync(v)),
            ["Decimal"] = Check(Values.Decimal, static (e, v) => e.DecimalAsync(v)),
            ["BigInteger"] = Check(Values.BigInteger, static (e, v) => e.BigIntegerAsync(v)),
            ["Uri"] = Check(Gen.Null(Gen.Bool.Select(static absolute => absolute ? new Uri("http://example.org/a%20b?c#d") : new Uri("relative/path", UriKind.Relative)))!, static (e, v) => e.UriAsync(v)),
            ["Version"] = Check(Gen.Null(Gen.Int[0, 9].Select(static minor => minor > 5 ? new Version(1, minor) : new Version(1, minor, 3, 4)))!, static (e, v) => e.VersionAsync(v)),
            ["Point"] = Check(Values.Point, static (e, v) => e.PointAsync(v)),
            ["Person"] = Check(Gen.Null(Values.Person)!, static (e, v) => e.PersonAsync(v)),
            ["Shape"] = Check(Gen.Select(Values.Text, Gen.Double, Values.Color, static (a, b, c) => new Shape(a) { Scale = b, Color = c }), static (e, v) => e.ShapeAsync(v)),
            ["BoxOfInt"] = Check(Gen.Select(Gen.Int, ints, static (a, b) => new Box<int>(a, b)), static (e, v) => e.BoxOfIntAsync(v)),
            ["BoxOfBox"] = Check(
                Gen.Select(Values.NullableText, Values.NullableText.Array[0, 3], static (a, b) => new Box<Box<string?>>(new(a, b), [new(a, []), new(null, b)])), static (e, v) => e.BoxOfBoxAsync(v)),
            ["Tree"] = Check(Values.Tree, static (e, v) => e.TreeAsync(v)),
            ["Keywords"] = Check(Gen.Select(Gen.Int, Values.Text, Gen.Int, static (a, b, c) => new Keywords(a, b) { @namespace = c }), static (e, v) => e.KeywordsAsync(v)),
            ["Pixel"] = Check(Values.Pixel, static (e, v) => e.PixelAsync(v)),
            ["NullableMembers"] = Check(Values.NullableMembers, static (e, v) => e.NullableMembersAsync(v)),
            ["Vector"] = Check(Gen.Int.Select(static a => new Vector { X = a, Y = -a, Z = a / 2f }), static (e, v) => e.VectorAsync(v)),
            ["Range1"] = Check(Gen.Select(Gen.Double, Gen.Double, static (a, b) => new Range1(a, b)), static (e, v) => e.Range1Async(v)),
            ["Settings"] = Check(
                Gen.Select(Values.Text, Gen.Int, texts, static (a, b, c) => new Settings { Owner = a, Retries = b, Tags = [.. c], Name = a + "!" }), static (e, v) => e.SettingsAsync(v)),
            ["Derived"] = Check(Gen.Select(Gen.Int, Values.Text, Gen.Double, static (a, b, c) => new Derived { Id = a, Kind = b, Weight = c }), static (e, v) => e.DerivedAsync(v)),
            ["Immutable"] = Check(Gen.Select(Values.Text, ints, Gen.Int, static (a, b, c) => new Corpus.Immutable(a, b, c)), static (e, v) => e.ImmutableAsync(v)),
            ["LinkedNode"] = Check(ints.Select(static values => values.Aggregate((LinkedNode?)null, static (next, value) => new LinkedNode { Value = value, Next = next })), static (e, v) => e.LinkedNodeAsync(v)),
            ["Animal"] = Check(Gen.Null(Values.Animal)!, static (e, v) => e.AnimalAsync(v)),
            ["Animals"] = Check(Values.Animal.List[0, 6], static (e, v) => e.AnimalsAsync(v)),
            ["Figure"] = Check(Gen.Double.Select(static a => a > 0 ? (IFigure)new Circle(a) : new Square(a)), static (e, v) => e.FigureAsync(v)),
            ["Plain"] = Check(Gen.Int.Select(static a => a > 0 ? new Plain(a) : new Special(a, -1)), static (e, v) => e.PlainAsync(v)),
            ["Bag"] = Check(texts.Select(static values => Fill(new Bag(), values)), static (e, v) => e.BagAsync(v)),
            ["Marked"] = Check(Gen.Null(Gen.Select(Gen.Int, Gen.String, static (a, b) => new Marked { A = a, B = b }))!, static (e, v) => e.MarkedAsync(v)),
            ["Weather"] = Check(
                Gen.Select(Gen.Int, Gen.Int.Array[0, 4], static (a, b) => new Weather(Temperature.FromKelvin(a), [.. b.Select(static k => Temperature.FromKelvin(k))], new Marked { A = a })), static (e, v) => e.WeatherAsync(v)),
            ["Ints"] = Check(Gen.Null(ints)!, static (e, v) => e.IntsAsync(v)),
            ["Bytes"] = Check(Gen.Byte.Array[0, 3000], static (e, v) => e.BytesAsync(v)),
            ["Bools"] = Check(Gen.Bool.Array[0, 20], static (e, v) => e.BoolsAsync(v)),
            ["Halves"] = Check(Values.Half.Array[0, 20], static (e, v) => e.HalvesAsync(v)),
            ["Colors"] = Check(Values.Color.Array[0, 20], static (e, v) => e.ColorsAsync(v)),
            ["Strings"] = Check(Values.NullableText.Array[0, 6], static (e, v) => e.StringsAsync(v)),
            ["Jagged"] = Check(ints.Array[0, 5], static (e, v) => e.JaggedAsync(v)),
            ["JaggedWithNulls"] = Check(Gen.Null(ints).Array[0, 5], static (e, v) => e.JaggedWithNullsAsync(v!)),
            ["Matrix"] = Check(Gen.Int.Array2D[0, 5].Select(static grid => Map(grid, static value => (float)value)), static (e, v) => e.MatrixAsync(v)),
            ["Cube"] = Check(Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], static (a, b, c) => Cube(a, b, c)), static (e, v) => e.CubeAsync(v)),
            ["Table"] = Check(Gen.Int.Array2D[0, 4].Select(static grid => Map(grid, static value => $"{value}")), static (e, v) => e.TableAsync(v)),
            ["Cells"] = Check(Gen.Int.Array2D[0, 4].Select(static grid => CellsOf(grid)), static (e, v) => e.CellsAsync(v)),
            ["Memory"] = Check(Gen.Float.Array[0, 20].Select(static a => new ReadOnlyMemory<float>([.. a.Select(static f => float.IsNaN(f) ? 0 : f)])), static (e, v) => e.MemoryAsync(v)),
            ["Points"] = Check(Values.Point.Array[0, 6].Select(static a => new Memory<Point>(a)), static (e, v) => e.PointsAsync(v)),
            ["Segment"] = Check(Gen.Byte.Array[4, 20].Select(static a => new ArraySegment<byte>(a, 1, a.Length - 2)), static (e, v) => e.SegmentAsync(v)),
            ["Pair"] = Check(Gen.Select(Gen.Int, Values.Text), static (e, v) => e.PairAsync(v)),
            ["Nested"] = Check(Gen.Select(Gen.Int, Values.NullableText, Values.Point, static (a, b, c) => (A: a, B: b, C: c, D: (a / 3.0, 1.0))), static (e, v) => e.NestedAsync(v)),
            ["Nine"] = Check(Gen.Int.Select(static a => (a, a + 1, a + 2, a + 3, a + 4, a + 5, a + 6, a + 7, $"{a}")), static (e, v) => e.NineAsync(v)),
            ["Tuple"] = Check(Gen.Select(Gen.Int, Values.Text, static (a, b) => Tuple.Create(a, b)), static (e, v) => e.TupleAsync(v)),
            ["KeyValue"] = Check(Gen.Select(Values.Text, Gen.Int, static (a, b) => KeyValuePair.Create(a, b)), static (e, v) => e.KeyValueAsync(v)),
            ["Lists"] = Check(Gen.Int.List[0, 4].List[0, 4], static (e, v) => e.ListsAsync(v)),
            ["ReadOnlyList"] = Check(Gen.Double.List[0, 6].Select(static a => (IReadOnlyList<double>)a), static (e, v) => e.ReadOnlyListAsync(v)),
            ["Enumerable"] = Check(texts.Select(static a => a.Where(static t => t.Length >= 0)), static (e, v) => e.EnumerableAsync(v)),
            ["Collection"] = Check(Values.Point.List[0, 6].Select(static a => (ICollection<Point>)a), static (e, v) => e.CollectionAsync(v)),
            ["HashSet"] = Check(Gen.Int.HashSet[0, 6], static (e, v) => e.HashSetAsync(v)),
            ["SortedSet"] = Check(texts.Select(static a => new SortedSet<string>(a)), static (e, v) => e.SortedSetAsync(v)),
            ["Queue"] = Check(ints.Select(static a => new Queue<int>(a)), static (e, v) => e.QueueAsync(v)),
            ["Stack"] = Check(texts.Select(static a => new Stack<string>(a)), static (e, v) => e.StackAsync(v)),
            ["LinkedList"] = Check(ints.Select(static a => new LinkedList<int>(a)), static (e, v) => e.LinkedListAsync(v)),
            ["Observable"] = Check(ints.Select(static a => new ObservableCollection<int>(a)), static (e, v) => e.ObservableAsync(v)),
            ["ReadOnly"] = Check(texts.Select(static a => new ReadOnlyCollection<string>(a)), static (e, v) => e.ReadOnlyAsync(v)),
            ["ConcurrentQueue"] = Check(ints.Select(static a => new ConcurrentQueue<int>(a)), static (e, v) => e.ConcurrentQueueAsync(v)),
            ["ImmutableInts"] = Check(Gen.OneOf(ints.Select(static a => ImmutableArray.Create(a)), Gen.Const(default(ImmutableArray<int>))), static (e, v) => e.ImmutableIntsAsync(v)),
            ["ImmutablePoints"] = Check(Values.Point.Array[0, 6].Select(static a => ImmutableArray.Create(a)), static (e, v) => e.ImmutablePointsAsync(v)),
            ["ImmutableList"] = Check(texts.Select(static a => ImmutableList.Create(a)), static (e, v) => e.ImmutableListAsync(v)),
            ["ImmutableHashSet"] = Check(ints.Select(static a => ImmutableHashSet.Create(a)), static (e, v) => e.ImmutableHashSetAsync(v)),
            ["ImmutableSortedSet"] = Check(ints.Select(static a => ImmutableSortedSet.Create(a)), static (e, v) => e.ImmutableSortedSetAsync(v)),
            ["ImmutableQueue"] = Check(ints.Select(static a => ImmutableQueue.Create(a)), static (e, v) => e.ImmutableQueueAsync(v)),
            ["ImmutableStack"] = Check(ints.Select(static a => ImmutableStack.Create(a)), static (e, v) => e.ImmutableStackAsync(v)),
            ["FrozenSet"] = Check(texts.Select(static a => a.ToFrozenSet()), static (e, v) => e.FrozenSetAsync(v)),
            ["Dictionary"] = Check(counts, static (e, v) => e.DictionaryAsync(v)),
            ["ByColor"] = Check(Gen.Dictionary(Values.Color, Gen.Null(Values.Point))[0, 6], static (e, v) => e.ByColorAsync(v!)),
            ["ByGuid"] = Check(Gen.Dictionary(Gen.Guid, Gen.String.List[0, 3])[0, 5].Select(static a => (IReadOnlyDictionary<Guid, List<string>>)a), static (e, v) => e.ByGuidAsync(v)),
            ["ByPoint"] = Check(Gen.Dictionary(Values.Point, Gen.String)[0, 5], static (e, v) => e.ByPointAsync(v)),
            ["Sorted"] = Check(Gen.Dictionary(Gen.Int, Gen.String)[0, 5].Select(static a => new SortedDictionary<int, string>(a)), static (e, v) => e.SortedAsync(v)),
            ["Concurrent"] = Check(counts.Select(static a => new ConcurrentDictionary<string, double>(a.Select(static p => KeyValuePair.Create(p.Key, p.Value / 2.0)))), static (e, v) => e.ConcurrentAsync(v)),
            ["ImmutableDictionary"] = Check(counts.Select(static a => a.ToImmutableDictionary()), static (e, v) => e.ImmutableDictionaryAsync(v)),
            ["ImmutableSortedDictionary"] = Check(Gen.Dictionary(Gen.Int, Gen.Int)[0, 5].Select(static a => a.ToImmutableSortedDictionary()), static (e, v) => e.ImmutableSortedDictionaryAsync(v)),
            ["FrozenDictionary"] = Check(counts.Select(static a => a.ToFrozenDictionary()), static (e, v) => e.FrozenDictionaryAsync(v)),
        };
    }

    private static Bag Fill(Bag bag, string[] values)
    {
        foreach (string value in values)
            bag.Add(value);
        return bag;
    }

    private static T[,] Map<T>(int[,] grid, Func<int, T> map)
    {
        var result = new T[grid.GetLength(0), grid.GetLength(1)];
        for (int i = 0; i < result.GetLength(0); i++)
        {
            for (int j = 0; j < result.GetLength(1); j++)
                result[i, j] = map(grid[i, j]);
        }

        return result;
    }

    private static int[,,] Cube(int a, int b, int c)
    {
        var result = new int[a, b, c];
        for (int i = 0; i < result.Length; i++)
            result[i / (b * c), i / c % b, i % c] = i;
        return result;
    }

    private static int[,][] CellsOf(int[,] grid) => Map(grid, static value => new[] { value, value });
}
