using System.Xml.Linq;

namespace Runhouse.Providers.Ec2;

/// <summary>Writes answers in the form of EC2's.</summary>
internal static class Ec2Xml
{
    private static readonly XNamespace Space = "http://ec2.amazonaws.com/doc/2016-11-15/";

    /// <summary>An element; text, elements, or nothing.</summary>
    public static XElement Element(string name, params object?[] content) => new(Space + name, content);

    /// <summary>A list: <c>item</c> for each.</summary>
    public static XElement Set<T>(string name, IEnumerable<T> items, Func<T, IEnumerable<object?>> write) => new(Space + name, items.Select(item => new XElement(Space + "item", write(item))));

    /// <summary>A list of tags.</summary>
    public static XElement Tags(IReadOnlyDictionary<string, string> tags) => Set("tagSet", tags, static tag => [Element("key", tag.Key), Element("value", tag.Value)]);

    /// <summary>A whole answer.</summary>
    public static string Answer(string action, string requestId, IEnumerable<object?> content) => new XElement(Space + (action + "Response"), Element("requestId", requestId), content).ToString();

    /// <summary>A refusal.</summary>
    public static string Error(Ec2Exception error, string requestId)
        => new XElement("Response", new XElement("Errors", new XElement("Error", new XElement("Code", error.Code), new XElement("Message", error.Message))), new XElement("RequestID", requestId)).ToString();
}
