using System.Text.RegularExpressions;

namespace Runhouse.Providers.Ec2;

/// <summary>The filters of a request: all of them, any value of each, <c>*</c> and <c>?</c> in values.</summary>
internal static class Ec2Filters
{
    private const int LargestFilter = 200;

    /// <summary>What passes.</summary>
    /// <param name="request">The request.</param>
    /// <param name="items">What is listed.</param>
    /// <param name="valuesOf">The values that one has for a filter; null for a filter that there is not.</param>
    public static IEnumerable<T> Apply<T>(Ec2Request request, IEnumerable<T> items, Func<T, string, IEnumerable<string?>?> valuesOf)
    {
        foreach (string filter in request.Structures("Filter"))
        {
            string name = request.Required(filter + "Name");
            IReadOnlyList<string> values = request.List(filter + "Value");
            if (values.Count > LargestFilter)
                throw new Ec2Exception("FilterLimitExceeded", $"The maximum number of filter values specified on a single call is {LargestFilter}");
            items = items.Where(item => (valuesOf(item, name) ?? throw new Ec2Exception("InvalidParameterValue", $"The filter '{name}' is invalid")).OfType<string>().Any(has => values.Any(value => Fits(has, value)))).ToList();
        }

        return items;
    }

    /// <summary>Whether a text is what a value with wildcards says.</summary>
    public static bool Fits(string text, string pattern)
        => Regex.IsMatch(text, $"^{Regex.Escape(pattern).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}$", RegexOptions.Singleline);

    /// <summary>The values that tags have for a filter; null when the filter is not one of tags.</summary>
    public static IEnumerable<string?>? OfTags(IReadOnlyDictionary<string, string> tags, string filter)
    {
        if (filter == "tag-key")
            return tags.Keys;
        return filter.StartsWith("tag:", StringComparison.Ordinal) ? (string?[])[tags.GetValueOrDefault(filter[4..])] : null;
    }
}
