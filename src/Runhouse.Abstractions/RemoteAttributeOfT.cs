namespace Runhouse;

/// <summary>Makes a class of another assembly remote: <c>[assembly: Remote&lt;ThirdParty.Embedder&gt;(Gpu = "A10G")]</c>.</summary>
/// <typeparam name="T">The class whose instances become remote objects. A closed generic class is allowed.</typeparam>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class RemoteAttribute<T> : RemoteAttribute
    where T : class;
