using Runhouse.Generators.Model;

namespace Runhouse.Generators.Emitting;

/// <summary>
/// Writes the interceptors: one for each function, with the places of all its calls. Only builds ask for them, and they ask for all; a method for each
/// call, and a file for each source file, took the compiler three times as long.
/// </summary>
internal static class InterceptorEmitter
{
    /// <summary>Writes the file.</summary>
    /// <param name="sites">The calls.</param>
    public static string Emit(EquatableArray<CallSite> sites)
    {
        SourceWriter source = SourceWriter.Begin();
        source.Open("namespace System.Runtime.CompilerServices");
        source.Line("[global::System.AttributeUsage(global::System.AttributeTargets.Method, AllowMultiple = true)]");
        source.Open("file sealed class InterceptsLocationAttribute : global::System.Attribute");
        source.Open("public InterceptsLocationAttribute(int version, string data)");
        source.Close();
        source.Close();
        source.Close();
        source.Line();
        source.Open("namespace Runhouse.Generated");
        source.Line(RuntimeNames.GeneratedInternals);
        source.Open("file static class Interceptors");
        int number = 0;
        foreach (var calls in sites.GroupBy(static call => call.Function).OrderBy(static calls => calls.Key.Local + calls.Key.Parameters, StringComparer.Ordinal))
        {
            InterceptedFunction function = calls.Key;
            string needs = function.Needs;
            if (needs != RuntimeNames.NoResources)
            {
                needs = "Needs" + number;
                source.Line($"private static readonly {RuntimeNames.Resources} {needs} = {function.Needs};");
                source.Line();
            }

            foreach (CallSite call in calls.OrderBy(static call => call.LocationData, StringComparer.Ordinal))
                source.Line($"[global::System.Runtime.CompilerServices.InterceptsLocation({call.LocationVersion}, \"{call.LocationData}\")]");
            source.Open($"internal static {function.ReturnType} Call{number}({function.Parameters})");
            source.Line($"if ({RuntimeNames.RemoteCalls}.RunInPlace({needs}))");
            source.Indent();
            bool isVoid = function.ReturnType == "void";
            source.Line(isVoid ? $"{{ {function.Local}; return; }}" : $"return {function.Local};");
            source.Outdent();
            source.Line(isVoid ? $"{function.Remote};" : $"return {function.Remote};");
            source.Close();
            source.Line();
            number++;
        }

        source.Close();
        source.Close();
        return source.ToString();
    }
}
