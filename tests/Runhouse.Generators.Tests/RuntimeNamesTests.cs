using System.Reflection;
using Runhouse.Generators.Emitting;

namespace Runhouse.Generators.Tests;

public class RuntimeNamesTests
{
    [Fact]
    public void Every_runtime_name_exists_in_the_real_assemblies()
    {
        Assembly[] assemblies = [typeof(RemoteAttribute).Assembly, typeof(Protocol.Generated.RemoteContract).Assembly, typeof(RemoteObject).Assembly];
        string[] missing = [.. typeof(RuntimeNames).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(f => f.IsLiteral && f.FieldType == typeof(string) && f.Name is not (nameof(RuntimeNames.GeneratedCode) or nameof(RuntimeNames.GeneratedInternals) or nameof(RuntimeNames.NoResources)))
            .Select(f => ((string)f.GetRawConstantValue()!).Replace("global::", "", StringComparison.Ordinal))
            .Where(name => !assemblies.Any(a => a.GetType(name) is not null || a.GetType(name + "`1") is not null))];
        Assert.Empty(missing);
    }
}
