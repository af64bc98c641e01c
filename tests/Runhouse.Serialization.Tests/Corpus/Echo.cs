using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Numerics;

namespace Runhouse.Serialization.Corpus;

/// <summary>Every shape of the corpus, as parameter and as result.</summary>
[Remote]
public sealed class Echo
{
    /// <summary>What the last call that keeps it received.</summary>
    internal object? Seen { get; private set; }

    public int Int(int value) => value;

    public string? Text(string? value) => value;

    public char Char(char value) => value;

    public Wide Wide(Wide value) => value;

    public Numbers Numbers(Numbers value) => value;

    public Color Color(Color value) => value;

    public Rights? Rights(Rights? value) => value;

    public DateTime DateTime(DateTime value) => value;

    public DateTimeOffset DateTimeOffset(DateTimeOffset value) => value;

    public decimal Decimal(decimal value) => value;

    public BigInteger BigInteger(BigInteger value) => value;

    public Uri? Uri(Uri? value) => value;

    public Version? Version(Version? value) => value;

    public Point Point(Point value) => value;

    public Person? Person(Person? value) => value;

    public Shape Shape(Shape value) => value;

    public Box<int> BoxOfInt(Box<int> value) => value;

    public Box<Box<string?>> BoxOfBox(Box<Box<string?>> value) => value;

    public Tree Tree(Tree value) => value;

    public Keywords Keywords(Keywords value) => value;

    public Pixel Pixel(Pixel value) => value;

    public NullableMembers NullableMembers(NullableMembers value) => value;

    public Vector Vector(Vector value) => value;

    public Range1 Range1(Range1 value) => value;

    public Settings Settings(Settings value) => Keep(value);

    public Derived Derived(Derived value) => value;

    public Immutable Immutable(Immutable value) => Keep(value);

    public LinkedNode? LinkedNode(LinkedNode? value) => value;

    public Animal? Animal(Animal? value) => value;

    public List<Animal> Animals(List<Animal> value) => value;

    public IFigure Figure(IFigure value) => value;

    public Plain Plain(Plain value) => value;

    public Bag Bag(Bag value) => value;

    public Marked? Marked(Marked? value) => value;

    public Weather Weather(Weather value) => value;

    public int[]? Ints(int[]? value) => value;

    public byte[] Bytes(byte[] value) => value;

    public bool[] Bools(bool[] value) => value;

    public Half[] Halves(Half[] value) => value;

    public Color[] Colors(Color[] value) => value;

    public string?[] Strings(string?[] value) => value;

    public int[][] Jagged(int[][] value) => value;

    public int[]?[] JaggedWithNulls(int[]?[] value) => value;

    public float[,] Matrix(float[,] value) => value;

    public int[,,] Cube(int[,,] value) => value;

    public string[,] Table(string[,] value) => value;

    public int[,][] Cells(int[,][] value) => value;

    public ReadOnlyMemory<float> Memory(ReadOnlyMemory<float> value) => value;

    public Memory<Point> Points(Memory<Point> value) => value;

    public ArraySegment<byte> Segment(ArraySegment<byte> value) => value;

    public (int, string) Pair((int, string) value) => value;

    public (int A, string? B, Point C, (double, double) D) Nested((int A, string? B, Point C, (double, double) D) value) => value;

    public (int, int, int, int, int, int, int, int, string) Nine((int, int, int, int, int, int, int, int, string) value) => value;

    public Tuple<int, string> Tuple(Tuple<int, string> value) => value;

    public KeyValuePair<string, int> KeyValue(KeyValuePair<string, int> value) => value;

    public List<List<int>> Lists(List<List<int>> value) => value;

    public IReadOnlyList<double> ReadOnlyList(IReadOnlyList<double> value) => value;

    public IEnumerable<string> Enumerable(IEnumerable<string> value) => value;

    public ICollection<Point> Collection(ICollection<Point> value) => value;

    public HashSet<int> HashSet(HashSet<int> value) => value;

    public SortedSet<string> SortedSet(SortedSet<string> value) => value;

    public Queue<int> Queue(Queue<int> value) => value;

    public Stack<string> Stack(Stack<string> value) => value;

    public LinkedList<int> LinkedList(LinkedList<int> value) => value;

    public ObservableCollection<int> Observable(ObservableCollection<int> value) => value;

    public ReadOnlyCollection<string> ReadOnly(ReadOnlyCollection<string> value) => value;

    public ConcurrentQueue<int> ConcurrentQueue(ConcurrentQueue<int> value) => value;

    public ImmutableArray<int> ImmutableInts(ImmutableArray<int> value) => value;

    public ImmutableArray<Point> ImmutablePoints(ImmutableArray<Point> value) => value;

    public ImmutableList<string> ImmutableList(ImmutableList<string> value) => value;

    public ImmutableHashSet<int> ImmutableHashSet(ImmutableHashSet<int> value) => value;

    public ImmutableSortedSet<int> ImmutableSortedSet(ImmutableSortedSet<int> value) => value;

    public ImmutableQueue<int> ImmutableQueue(ImmutableQueue<int> value) => value;

    public ImmutableStack<int> ImmutableStack(ImmutableStack<int> value) => value;

    public FrozenSet<string> FrozenSet(FrozenSet<string> value) => value;

    public Dictionary<string, int> Dictionary(Dictionary<string, int> value) => value;

    public Dictionary<Color, Point?> ByColor(Dictionary<Color, Point?> value) => value;

    public IReadOnlyDictionary<Guid, List<string>> ByGuid(IReadOnlyDictionary<Guid, List<string>> value) => value;

    public Dictionary<Point, string> ByPoint(Dictionary<Point, string> value) => value;

    public SortedDictionary<int, string> Sorted(SortedDictionary<int, string> value) => value;

    public ConcurrentDictionary<string, double> Concurrent(ConcurrentDictionary<string, double> value) => value;

    public ImmutableDictionary<string, int> ImmutableDictionary(ImmutableDictionary<string, int> value) => value;

    public ImmutableSortedDictionary<int, int> ImmutableSortedDictionary(ImmutableSortedDictionary<int, int> value) => value;

    public FrozenDictionary<string, int> FrozenDictionary(FrozenDictionary<string, int> value) => value;

    private T Keep<T>(T value)
    {
        Seen = value;
        return value;
    }
}
