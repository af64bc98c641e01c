namespace Runhouse.Runtime.Leases;

/// <summary>
/// Says which clouds and schedulers an assembly brings. A program that refers to it has them: the generator finds the attribute in the references of a program and has it register them.
/// </summary>
/// <param name="name">The provider's name.</param>
/// <param name="factory">The type whose public static method <c>Create(CloudContext)</c> makes the <see cref="IMachineCloud"/>, or the <see cref="Allocations.IScheduler"/>.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class MachineProviderAttribute(string name, Type factory) : Attribute
{
    /// <summary>The provider's name.</summary>
    public string Name { get; } = name;

    /// <summary>The type that makes it.</summary>
    public Type Factory { get; } = factory;
}
