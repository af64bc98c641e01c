using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Runhouse.Generators.Tests.Infrastructure;
using Runhouse.Runtime.Leases;

namespace Runhouse.Generators.Tests.Emitting;

/// <summary>The providers of machines that a program's references bring.</summary>
public sealed class ProviderOutputTests
{
    private const string Provider = """
        using System;
        using Runhouse.Runtime.Leases;
        [assembly: MachineProvider("moon", typeof(Moon.MoonCloud))]
        namespace Moon;
        /// <summary>A cloud.</summary>
        public static class MoonCloud
        {
            /// <summary>Makes it.</summary>
            public static IMachineCloud Create(CloudContext context) => throw new NotSupportedException(context.ToString());
        }
        """;

    [Fact]
    public void A_program_registers_the_providers_that_it_refers_to_before_it_starts()
    {
        GeneratorRun program = Of("Launch", OutputKind.ConsoleApplication);
        Assert.Contains("Runhouse-Providers.g.cs", program.Files.Keys);

        program.Load();

        Assert.Contains("moon", MachineProviders.Names);
    }

    [Fact]
    public void A_library_leaves_that_to_its_program()
        => Assert.DoesNotContain("Runhouse-Providers.g.cs", Of("Rocket", OutputKind.DynamicallyLinkedLibrary).Files.Keys);

    private static GeneratorRun Of(string name, OutputKind kind)
    {
        GeneratorRun provider = GeneratorRun.Of("Moon", LanguageVersion.CSharp14, [Provider]).Compiles();
        return GeneratorRun.Of(name, LanguageVersion.CSharp14, ["System.Console.WriteLine();"], provider.Output.ToMetadataReference())
            .After(compilation => compilation.WithOptions(compilation.Options.WithOutputKind(kind)));
    }
}
