using System.Collections.Concurrent;

namespace Runhouse.Runtime.Leases;

/// <summary>The clouds that this program has: those of the packages that it refers to, which generated code registers before the program starts.</summary>
public static class MachineProviders
{
    private static readonly ConcurrentDictionary<string, Func<CloudContext, IMachineCloud>> Factories = new(StringComparer.Ordinal);

    /// <summary>The names of the providers, in order.</summary>
    public static IReadOnlyList<string> Names => [.. Factories.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Registers a provider; a later registration of the same name takes the place of an earlier one.</summary>
    /// <param name="name">Its name, as the catalogue has it.</param>
    /// <param name="create">Makes it, when it is first needed.</param>
    public static void Register(string name, Func<CloudContext, IMachineCloud> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        Factories[name] = create;
    }

    /// <summary>Makes the cloud of a provider.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="context">What it is made with.</param>
    /// <exception cref="DeploymentException">This program has no such provider.</exception>
    internal static IMachineCloud Create(string name, CloudContext context) => Factories.TryGetValue(name, out Func<CloudContext, IMachineCloud>? create)
        ? create(context)
        : throw new DeploymentException($"This program has no provider '{name}'. {(Factories.IsEmpty ? "It has none" : $"It has {string.Join(", ", Names)}")}: refer to the package of the provider, such as Runhouse.Providers.Aws.");
}
