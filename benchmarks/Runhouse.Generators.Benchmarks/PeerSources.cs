using System.Globalization;
using System.Text;

namespace Runhouse.Generators.Benchmarks;

/// <summary>The same contracts as those of <see cref="Sources"/>, in the terms of a peer: interfaces with ten methods each, classes behind them, and callers.</summary>
/// <param name="Name">The peer's name.</param>
/// <param name="Data">What stands before a record that travels.</param>
/// <param name="Contract">What stands before an interface.</param>
/// <param name="Base">What the interfaces derive from.</param>
/// <param name="BaseClass">What the classes derive from.</param>
internal sealed record PeerSources(string Name, string Data, string Contract, string Base, string BaseClass)
{
    private const int Types = 100;
    private const int Methods = 10;
    private const int Callers = 200;
    private const int Invocations = 95;
    private const int RemoteCalls = 5;

    /// <summary>StreamJsonRpc's proxies, which it generates for marked interfaces.</summary>
    public static PeerSources StreamJsonRpc { get; } = new("streamjsonrpc", "", "[StreamJsonRpc.JsonRpcContract] public partial interface ", "", "");

    /// <summary>Orleans's grains and serializers.</summary>
    public static PeerSources Orleans { get; } = new("orleans", "[Orleans.GenerateSerializer] ", "public interface ", " : Orleans.IGrainWithStringKey", "Orleans.Grain, ");

    /// <summary>The files, by name.</summary>
    public IEnumerable<(string Path, string Text)> All()
    {
        yield return ("/src/Usings.cs", "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;");
        for (int i = 0; i < Types; i++)
            yield return ($"/src/Remote{i}.cs", Remote(i));
        for (int i = 0; i < Callers; i++)
            yield return ($"/src/Caller{i}.cs", Caller(i));
    }

    private string Remote(int type)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"namespace App;\n{Data}public sealed record Data{type}(int Number, string Name, List<double> Values, DateTimeOffset? At);\n");
        text.Append(CultureInfo.InvariantCulture, $"{Contract}IRemote{type}{Base}\n{{\n");
        for (int i = 0; i < Methods; i++)
            text.Append(CultureInfo.InvariantCulture, $"    Task<Data{type}> Method{i}Async(int number, Data{type} data, CancellationToken cancellationToken = default);\n");
        text.Append(CultureInfo.InvariantCulture, $"}}\npublic sealed class Remote{type} : {BaseClass}IRemote{type}\n{{\n");
        for (int i = 0; i < Methods; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    public Task<Data{type}> Method{i}Async(int number, Data{type} data, CancellationToken cancellationToken = default)\n")
                .Append(CultureInfo.InvariantCulture, $"        => Task.FromResult(data with {{ Number = number + {i} }});\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string Caller(int caller)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"namespace App;\npublic static class Caller{caller}\n{{\n    private static int Add(int a, int b) => a + b;\n    public static async Task<int> RunAsync(CancellationToken token");
        for (int i = 0; i < RemoteCalls; i++)
            text.Append(CultureInfo.InvariantCulture, $", IRemote{Called(caller, i)} remote{i}");
        text.Append(")\n    {\n        int sum = 0;\n");
        for (int i = 0; i < Invocations; i++)
            text.Append(CultureInfo.InvariantCulture, $"        sum = Add(sum, {i});\n");
        for (int i = 0; i < RemoteCalls; i++)
            text.Append(CultureInfo.InvariantCulture, $"        sum += (await remote{i}.Method{i}Async(sum, new Data{Called(caller, i)}(1, \"n\", [], null), token)).Number;\n");
        return text.Append("        return sum;\n    }\n}\n").ToString();
    }

    private static int Called(int caller, int call) => ((caller * RemoteCalls) + call) % Types;
}
