using System.Collections.Concurrent;
using Runhouse.Protocol.Contracts;
using Runhouse.Runtime.Allocations;
using Runhouse.Runtime.Providers.Slurm;

namespace Runhouse.Runtime.Leases;

/// <summary>The clouds and schedulers that this program has: those of the packages that it refers to, which generated code registers before the program starts.</summary>
public static class MachineProviders
{
    private static readonly ConcurrentDictionary<string, Func<CloudContext, IMachineCloud>> Factories = new(StringComparer.Ordinal);

    // Of providers that programs may ask for without having them.
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["aws"] = "Runhouse.Providers.Aws",
        ["gcp"] = "Runhouse.Providers.Gcp",
        ["kubernetes"] = "Runhouse.Providers.Kubernetes",
    };

    // What needs no package of its own is there.
    private static readonly ConcurrentDictionary<string, Func<CloudContext, IScheduler>> Schedulers = new(StringComparer.Ordinal) { [SlurmScheduler.SchedulerName] = SlurmScheduler.Create };

    /// <summary>The names of the clouds, in order.</summary>
    public static IReadOnlyList<string> Names => [.. Factories.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The names of the schedulers, in order.</summary>
    public static IReadOnlyList<string> SchedulerNames => [.. Schedulers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Registers a cloud; a later registration of the same name takes the place of an earlier one.</summary>
    /// <param name="name">Its name, as the catalogue has it.</param>
    /// <param name="create">Makes it, when it is first needed.</param>
    public static void Register(string name, Func<CloudContext, IMachineCloud> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        Factories[name] = create;
    }

    /// <summary>Registers a scheduler; a later registration of the same name takes the place of an earlier one.</summary>
    /// <param name="name">Its name, by which <c>Resources.Provider</c> chooses it.</param>
    /// <param name="create">Makes it, when it is first needed.</param>
    public static void Register(string name, Func<CloudContext, IScheduler> create)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(create);
        Schedulers[name] = create;
    }

    /// <summary>Makes the scheduler of a provider.</summary>
    /// <param name="name">Its name, one of <see cref="SchedulerNames"/>.</param>
    /// <param name="context">What it is made with.</param>
    internal static IScheduler CreateScheduler(string name, CloudContext context) => Schedulers[name](context);

    /// <summary>Makes the cloud of a provider.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="context">What it is made with.</param>
    /// <exception cref="DeploymentException">This program has no such provider.</exception>
    internal static IMachineCloud Create(string name, CloudContext context) => Factories.TryGetValue(name, out Func<CloudContext, IMachineCloud>? create)
        ? create(context)
        : throw new DeploymentException($"This program has no provider '{name}'. {(Factories.IsEmpty ? "It has none" : $"It has {string.Join(", ", Names)}")}. {Remedy(name)}");

    private static string Remedy(string name)
    {
        if (Packages.TryGetValue(name, out string? package))
            return $"Add its package: dotnet add package {package}.";
        return NearNames.Of(name, Names.Union(Packages.Keys)) is [var nearest, ..]
            ? $"Did you mean '{nearest}'?"
            : $"Refer to the package that has it; Runhouse's own are {string.Join(", ", Packages.Values.Order(StringComparer.Ordinal))}.";
    }
}
