using Runhouse.Generators.Model;
using Runhouse.Generators.Parsing;

namespace Runhouse.Generators.Emitting;

/// <summary>Writes what registers the providers of machines that a program refers to, before it starts: no assembly is searched for them at run time.</summary>
internal static class ProviderEmitter
{
    /// <summary>Writes the file.</summary>
    /// <param name="providers">The providers.</param>
    /// <param name="info">The compilation.</param>
    public static string Emit(EquatableArray<ProviderModel> providers, CompilationInfo info)
    {
        SourceWriter source = SourceWriter.Begin();
        source.Lines($"namespace {info.ContractNamespace};\n");
        source.Line(RuntimeNames.GeneratedInternals);
        source.Open("internal static class MachineProviderRegistration");
        source.Line("[global::System.Runtime.CompilerServices.ModuleInitializer]");
        source.Open("internal static void Register()");
        foreach (ProviderModel provider in providers)
            source.Line($"{RuntimeNames.MachineProviders}.Register({Literals.Text(provider.Name)}, static context => {provider.Factory}.Create(context));");
        source.Close();
        source.Close();
        return source.ToString();
    }
}
