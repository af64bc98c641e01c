using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Runhouse.Providers.Ec2;

/// <summary>A request of EC2's query protocol.</summary>
/// <param name="Region">The region that it was signed for.</param>
/// <param name="AccessKey">Whose it is.</param>
/// <param name="Values">Its parameters.</param>
public sealed partial record Ec2Request(string Region, string AccessKey, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>The number of the account whose key it is.</summary>
    public string Account => FakeEc2.Accounts.GetValueOrDefault(AccessKey, "");

    /// <summary>What is asked for.</summary>
    public string Action => Values["Action"];

    /// <summary>A parameter; null when it is not there.</summary>
    public string? this[string name] => Values.GetValueOrDefault(name);

    /// <summary>Reads one.</summary>
    public static async Task<Ec2Request> ReadAsync(HttpRequest request)
    {
        Match scope = Credential().Match(request.Headers.Authorization.ToString());
        if (!scope.Success)
            throw new Ec2Exception("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
        IFormCollection form = await request.ReadFormAsync();
        return new Ec2Request(scope.Groups["region"].Value, scope.Groups["key"].Value, form.ToDictionary(static pair => pair.Key, static pair => pair.Value.ToString(), StringComparer.Ordinal));
    }

    /// <summary>A parameter that must be there.</summary>
    public string Required(string name) => this[name] ?? throw new Ec2Exception("MissingParameter", $"The request must contain the parameter {name}");

    /// <summary>A parameter that is a number.</summary>
    public int Number(string name, int otherwise) => this[name] is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A list: <c>InstanceId.1</c>, <c>InstanceId.2</c>.</summary>
    public IReadOnlyList<string> List(string name)
    {
        var items = new List<string>();
        while (this[$"{name}.{items.Count + 1}"] is { } item)
            items.Add(item);
        return items;
    }

    /// <summary>The beginnings of the names of a list of structures: <c>Tag.1.</c>, <c>Tag.2.</c>.</summary>
    public IReadOnlyList<string> Structures(string name)
    {
        var prefixes = new List<string>();
        while (Values.Keys.Any(key => key.StartsWith($"{name}.{prefixes.Count + 1}.", StringComparison.Ordinal)))
            prefixes.Add($"{name}.{prefixes.Count + 1}.");
        return prefixes;
    }

    /// <summary>The tags of a kind of thing that is made.</summary>
    public Dictionary<string, string> Tags(string type)
        => Structures("TagSpecification").Where(one => this[one + "ResourceType"] == type).SelectMany(one => Structures(one + "Tag"))
            .ToDictionary(tag => this[tag + "Key"]!, tag => this[tag + "Value"] ?? "", StringComparer.Ordinal);

    [GeneratedRegex("Credential=(?<key>[^/]+)/[0-9]+/(?<region>[^/]+)/(ec2|sts)/aws4_request")]
    private static partial Regex Credential();
}
