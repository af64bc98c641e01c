using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Runhouse.Protocol.Generated;
using Runhouse.Runtime.Client;
using Runhouse.Runtime.Injection;

namespace Runhouse;

/// <summary>Registers remote classes as services.</summary>
public sealed class RunhouseBuilder
{
    internal RunhouseBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services being registered.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Makes an injected <typeparamref name="TInterface"/> a remote <typeparamref name="TClass"/>: a singleton that is created on its host by its
    /// first call and disposed with the container. One with a name is used when it exists already, and stays when the container goes.
    /// </summary>
    /// <typeparam name="TInterface">The interface, which the generated proxy implements.</typeparam>
    /// <typeparam name="TClass">The remote class; it has a constructor that takes nothing from the caller.</typeparam>
    /// <param name="placement">Says where and under which name the object is created; null for what the class's attribute says.</param>
    /// <exception cref="InvalidOperationException">The class is not remote, its constructors need arguments, or its proxy does not implement the interface.</exception>
#pragma warning disable RS0027 // No call fits this overload and the other one: they differ in the number of types.
    public RunhouseBuilder AddRemote<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] TInterface, TClass>(Func<RemotePlacement, RemotePlacement>? placement = null)
#pragma warning restore RS0027
        where TInterface : class
        where TClass : class, TInterface
    {
        // Proxies register themselves when their assembly's code first runs; naming the class alone does not run any.
        RuntimeHelpers.RunModuleConstructor(typeof(TClass).Module.ModuleHandle);
        RemoteProxyFactory factory = RemoteProxies.Find(typeof(TClass)) ?? throw new InvalidOperationException(
            $"{typeof(TClass)} has no remote proxy. Mark it with [Remote], and build its project with the Runhouse package.");
        RemoteMethod<ulong> constructor = factory.DefaultConstructor ?? throw new InvalidOperationException(
            $"Every constructor of {typeof(TClass)} takes arguments, and AddRemote<{typeof(TInterface).Name}, {typeof(TClass).Name}>() knows none. "
            + $"Mark what the worker's services provide with [FromServices], or say how it is made: AddRemote<{typeof(TInterface).Name}>(services => {typeof(TClass).Name}.RemoteAsync(...)).");

        // Here and not when it is first asked for: that may be long after the start, in a request.
        if (factory.Create(new NoObject()) is not TInterface)
        {
            throw new InvalidOperationException(
                $"The remote proxy of {typeof(TClass)} does not implement {typeof(TInterface)}, whose members have to be asynchronous{Synchronous(typeof(TInterface))}. "
                + "Make them return Task, ValueTask or IAsyncEnumerable<T>; a property becomes a method.");
        }

        Services.AddSingleton(services =>
        {
            RunhouseRuntime runtime = services.GetRequiredService<RunhouseRuntime>();
            RemotePlacement where = placement is null ? factory.Placement : placement(factory.Placement);
            return (TInterface)(object)factory.Create(runtime.Backend.CreateLazily(where, constructor));
        });
        return this;
    }

    /// <summary>Registers a remote object that a factory creates or attaches to, as a singleton task: inject <c>Task&lt;TProxy&gt;</c> and await it.</summary>
    /// <typeparam name="TProxy">The generated proxy, or an interface of it.</typeparam>
    /// <param name="factory">Makes the proxy.</param>
    public RunhouseBuilder AddRemote<TProxy>(Func<IServiceProvider, Task<TProxy>> factory)
        where TProxy : class
    {
        ArgumentNullException.ThrowIfNull(factory);
        Services.AddSingleton(services => new RemoteSingleton<TProxy>(services, factory));
        Services.AddSingleton(static services => services.GetRequiredService<RemoteSingleton<TProxy>>().Task);
        return this;
    }

    private static string Synchronous([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type type)
    {
        string[] names =
        [
            .. type.GetMethods().Where(static method => !IsAsynchronous(method.ReturnType))
                .Select(static method => method.IsSpecialName ? method.Name[(method.Name.IndexOf('_', StringComparison.Ordinal) + 1)..] : method.Name).Distinct(),
        ];
        return names.Length == 0 ? "" : $"; {string.Join(", ", names)} {(names.Length == 1 ? "is" : "are")} not";
    }

    private static bool IsAsynchronous(Type type)
    {
        if (type.IsGenericType)
            type = type.GetGenericTypeDefinition();
        return type == typeof(Task) || type == typeof(Task<>) || type == typeof(ValueTask) || type == typeof(ValueTask<>) || type == typeof(IAsyncEnumerable<>);
    }

    /// <summary>The handle of a proxy that is only looked at.</summary>
    private sealed class NoObject : RemoteObjectHandle
    {
        public override string? Name => null;

        public override RemoteTarget Target => null!;

        public override Task DeleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
