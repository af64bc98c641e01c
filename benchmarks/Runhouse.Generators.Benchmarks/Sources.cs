using System.Globalization;
using System.Text;

namespace Runhouse.Generators.Benchmarks;

/// <summary>A project of the size that the figures are given for: 1,000 remote methods, 20,000 invocations, 1,000 of them plain remote calls.</summary>
internal static class Sources
{
    private const int Types = 100;
    private const int Methods = 10;
    private const int Callers = 200;
    private const int Invocations = 95;
    private const int RemoteCalls = 5;

    /// <summary>The files, by name.</summary>
    public static IEnumerable<(string Path, string Text)> All()
    {
        yield return ("/src/Usings.cs", "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; global using System.Threading.Tasks; global using Runhouse;");
        for (int i = 0; i < Types; i++)
            yield return ($"/src/Remote{i}.cs", Remote(i));
        for (int i = 0; i < Callers; i++)
            yield return ($"/src/Caller{i}.cs", Caller(i));
    }

    private static string Remote(int type)
    {
        var text = new StringBuilder();
        bool isClass = type % 2 == 0;
        text.Append(CultureInfo.InvariantCulture, $"namespace App;\npublic sealed record Data{type}(int Number, string Name, List<double> Values, DateTimeOffset? At);\n");
        text.Append(CultureInfo.InvariantCulture, $"{(isClass ? "[Remote] public sealed" : "public static")} class Remote{type}\n{{\n");
        for (int i = 0; i < Methods; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {(isClass ? "public" : "[Remote] public static")} Task<Data{type}> Method{i}Async(int number, Data{type} data, CancellationToken cancellationToken = default)\n")
                .Append(CultureInfo.InvariantCulture, $"        => Task.FromResult(data with {{ Number = number + {i} }});\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string Caller(int caller)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"namespace App;\npublic static class Caller{caller}\n{{\n    private static int Add(int a, int b) => a + b;\n    public static async Task<int> RunAsync(CancellationToken token)\n    {{\n        int sum = 0;\n");
        for (int i = 0; i < Invocations; i++)
            text.Append(CultureInfo.InvariantCulture, $"        sum = Add(sum, {i});\n");
        for (int i = 0; i < RemoteCalls; i++)
        {
            int type = ((caller * RemoteCalls) + i) % Types | 1;
            text.Append(CultureInfo.InvariantCulture, $"        sum += (await Remote{type}.Method{i}Async(sum, new Data{type}(1, \"n\", [], null), token)).Number;\n");
        }

        return text.Append("        return sum;\n    }\n}\n").ToString();
    }
}
