using MessagePack;
using ProtoBuf;

namespace Runhouse.Benchmarks.Peers;

/// <summary>The record of ten fields, about a kilobyte, declared for the serializers of the peers.</summary>
[MessagePackObject]
[ProtoContract]
[GenerateSerializer]
public sealed class Order
{
    [Key(0), ProtoMember(1), Id(0)] public long Number { get; set; }
    [Key(1), ProtoMember(2), Id(1)] public string Customer { get; set; } = "";
    [Key(2), ProtoMember(3), Id(2)] public string Street { get; set; } = "";
    [Key(3), ProtoMember(4), Id(3)] public string City { get; set; } = "";
    [Key(4), ProtoMember(5), Id(4)] public string Note { get; set; } = "";
    [Key(5), ProtoMember(6), Id(5)] public double Total { get; set; }
    [Key(6), ProtoMember(7), Id(6)] public int Items { get; set; }
    [Key(7), ProtoMember(8), Id(7)] public bool IsPaid { get; set; }
    [Key(8), ProtoMember(9), Id(8)] public long AtTicks { get; set; }
    [Key(9), ProtoMember(10), Id(9)] public List<int> Codes { get; set; } = [];

    /// <summary>A record of the size that the workloads use, which shares nothing with another but the city: Orleans sends once what occurs twice.</summary>
    public static Order Sample(long number) => new()
    {
        Number = number,
        Customer = $"Ada Lovelace, customer {number}",
        Street = $"{number} St James's Square, London SW1Y",
        City = "London",
        Note = new string('n', 700),
        Total = 1234.56,
        Items = 3,
        IsPaid = true,
        AtTicks = 639_000_000_000_000_000,
        Codes = [.. Enumerable.Range(100, 40)],
    };
}
