using Runhouse.Runtime.Leases;

namespace Runhouse.Runtime.Tests.Leases;

/// <summary>A program that asks for a cloud which it does not have.</summary>
public sealed class MachineProvidersTests
{
    [Theory]
    [InlineData("aws", "Add its package: dotnet add package Runhouse.Providers.Aws.")]
    [InlineData("gcp", "Add its package: dotnet add package Runhouse.Providers.Gcp.")]
    [InlineData("kubernetes", "Add its package: dotnet add package Runhouse.Providers.Kubernetes.")]
    [InlineData("gpc", "Did you mean 'gcp'?")]
    [InlineData("elsewhere", "Refer to the package that has it; Runhouse's own are Runhouse.Providers.Aws, Runhouse.Providers.Gcp, Runhouse.Providers.Kubernetes.")]
    public async Task What_to_do_about_a_provider_that_is_missing_is_said(string name, string remedy)
    {
        await using var clouds = new CloudSet(new OnDemandOptions(), TimeProvider.System);

        var error = Assert.Throws<DeploymentException>(() => clouds.Of(name));

        Assert.StartsWith($"This program has no provider '{name}'.", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(remedy, error.Message, StringComparison.Ordinal);
    }
}
