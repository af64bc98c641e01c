using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Runhouse.Protocol.Control;

namespace Runhouse.Protocol.Tests.Contracts;

/// <summary>
/// The ABI of generated code has a number, and <c>GeneratedAbi.txt</c> lists what each number has added: a section begins with a line <c># NUMBER HASH</c>, the hash being that of the
/// section's other lines. A host says its number, so what a number stands for never changes.
/// </summary>
public sealed class GeneratedAbiTests
{
    // A host that does not override them has them all the same.
    private static readonly string[] OfEveryObject = [".ToString() virtual : System.String", ".Equals(System.Object) virtual : System.Boolean", ".GetHashCode() virtual : System.Int32"];

    private static readonly List<(int Number, string Hash, IReadOnlyList<string> Lines)> Sections = Read();

    [Fact]
    public void A_new_member_of_the_ABI_comes_with_a_new_number()
    {
        string[] added = [.. AbiSurface.Read().Except(Sections.SelectMany(static section => section.Lines)).Where(static line => !OfEveryObject.Any(one => line.EndsWith(one, StringComparison.Ordinal)))];
        Assert.True(added.Length == 0, $"""
            The ABI of generated code has changed: a host that runs would not have what is new. Set {nameof(GeneratedAbi)}.{nameof(GeneratedAbi.Number)} to {Sections.Count + 1} and add to tests/Runhouse.Protocol.Tests/Contracts/GeneratedAbi.txt:
            # {Sections.Count + 1} {HashOf(added)}
            {string.Join('\n', added)}
            """);
    }

    [Fact]
    public void No_member_of_the_ABI_is_removed_or_changed()
    {
        string[] removed = [.. Sections.SelectMany(static section => section.Lines).Except(AbiSurface.Read())];
        Assert.True(removed.Length == 0, $"""
            Code that was compiled before calls these members, and a host that is newer than it runs it. Keep them; or raise Hello.Version, which keeps the two apart, and begin GeneratedAbi.txt anew:
            {string.Join('\n', removed)}
            """);
    }

    [Fact]
    public void The_number_is_that_of_the_last_section_and_no_section_is_changed()
    {
        Assert.Equal(Enumerable.Range(1, GeneratedAbi.Number), Sections.Select(static section => section.Number));
        foreach ((int number, string hash, IReadOnlyList<string> lines) in Sections)
        {
            Assert.True(
                HashOf(lines) == hash,
                $"Section {number} of GeneratedAbi.txt was changed, and hosts say {number} for what it listed (its hash is now {HashOf(lines)}). What is new belongs into section {Sections.Count + 1}, with {nameof(GeneratedAbi)}.{nameof(GeneratedAbi.Number)} raised to it.");
        }
    }

    private static List<(int Number, string Hash, IReadOnlyList<string> Lines)> Read()
    {
        var sections = new List<(int, string, IReadOnlyList<string>)>();
        List<string> lines = [];
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Contracts", "GeneratedAbi.txt")))
        {
            if (!line.StartsWith("# ", StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            string[] parts = line.Split(' ');
            sections.Add((int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2], lines = []));
        }

        return sections;
    }

    private static string HashOf(IEnumerable<string> lines) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))[..16];
}
