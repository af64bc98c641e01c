using System.Text.Json.Serialization;

namespace Runhouse.Serialization.Corpus;

public struct Vector
{
    public float X;
    public float Y;

    public float Z { get; set; }
}

public readonly struct Range1(double low, double high)
{
    public double Low { get; } = low;

    public double High { get; } = high;
}

public class Settings
{
    public string Name { get; set; } = "unnamed";

    public int Retries { get; set; } = 3;

    public List<string> Tags { get; set; } = [];

    public required string Owner { get; init; }

    public string Region { get; init; } = "everywhere";

    [JsonIgnore]
    public string Secret { get; set; } = "not sent";

    public string Summary => Name + Retries;
}

public class Base
{
    public int Id { get; set; }

    public virtual string Kind { get; set; } = "";
}

public sealed class Derived : Base
{
    public override string Kind { get; set; } = "";

    public double Weight { get; set; }
}

/// <summary>Only a constructor sets what it holds.</summary>
public sealed class Immutable(string name, IReadOnlyList<int> sizes, int count = 7)
{
    public string Name { get; } = name;

    public IReadOnlyList<int> Sizes { get; } = sizes;

    public int Count { get; } = count;
}

public sealed class LinkedNode
{
    public int Value { get; set; }

    public LinkedNode? Next { get; set; }
}

[JsonDerivedType(typeof(Cat), "cat")]
[JsonDerivedType(typeof(Dog), "dog")]
[JsonDerivedType(typeof(Puppy), "puppy")]
public abstract class Animal
{
    public string Name { get; set; } = "";
}

public sealed class Cat : Animal
{
    public int Lives { get; set; }
}

public class Dog : Animal
{
    public string? Owner { get; set; }
}

public sealed class Puppy : Dog
{
    public int Weeks { get; set; }
}

[JsonDerivedType(typeof(Circle), 1)]
[JsonDerivedType(typeof(Square), 2)]
public interface IFigure;

public sealed record Circle(double Radius) : IFigure;

public sealed record Square(double Side) : IFigure;

[JsonDerivedType(typeof(Special), "special")]
public record Plain(int A);

public sealed record Special(int A, int B) : Plain(A);

/// <summary>A collection of the application's own.</summary>
public sealed class Bag : System.Collections.ObjectModel.Collection<string>;
