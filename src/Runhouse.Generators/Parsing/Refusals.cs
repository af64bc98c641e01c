using Microsoft.CodeAnalysis;
using Runhouse.Generators.Diagnostics;

namespace Runhouse.Generators.Parsing;

/// <summary>The framework's types that cannot travel, with what to use instead.</summary>
internal static class Refusals
{
    /// <summary>Why handles do not travel.</summary>
    public const string Handle = "a handle belongs to its process: send the data behind it";

    /// <summary>Why a type of the framework cannot travel; null when nothing is known against it.</summary>
    /// <param name="type">The type.</param>
    public static Refusal? Find(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            switch (at.OriginalDefinition.ToDisplayString(TypeNames.Stable))
            {
                case "System.IO.Stream" or "System.IO.TextReader" or "System.IO.TextWriter" or "System.IO.Pipelines.PipeReader" or "System.IO.Pipelines.PipeWriter":
                    return new(SerializableRules.Stream);
                case "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask<TResult>":
                    return new(SerializableRules.OfTheCall, "a task belongs to its process: await it first and send the result");
                case "System.Threading.CancellationToken":
                    return new(SerializableRules.OfTheCall, "a cancellation token travels as a parameter of the remote member, not inside data: make it a parameter");
                case "System.Threading.CancellationTokenSource":
                    return new(SerializableRules.OfTheCall, "the source of a cancellation stays with the caller: take a CancellationToken as a parameter");
                case "System.Collections.Generic.IAsyncEnumerable<T>":
                    return new(SerializableRules.OfTheCall, "a stream travels as a parameter or as the result of the remote member, not inside data: make it one");
                case "System.IProgress<T>":
                    return new(SerializableRules.OfTheCall, "progress travels as a parameter of the remote member, not inside data: make it a parameter");
                case "System.Runtime.InteropServices.SafeHandle" or "System.Runtime.InteropServices.HandleRef"
                    or "System.Runtime.InteropServices.GCHandle":
                    return new(SerializableRules.Address, Handle);
                case "System.Type" or "System.Reflection.MemberInfo" or "System.Reflection.Assembly":
                    return new(SerializableRules.Unserializable, "types are not sent over the wire: send a name or an enum and decide on the far side");
                case "System.Exception":
                    return new(SerializableRules.Unserializable, "exceptions travel by being thrown: send its message or a record");
                case "System.Text.StringBuilder":
                    return new(SerializableRules.Unserializable, "its text is not among its properties: send ToString()");
                case "System.ValueTuple":
                    return new(SerializableRules.Unserializable, "it has no elements: leave it out");
                case "System.Delegate" or "System.MulticastDelegate":
                    return new(SerializableRules.Delegate);
                default:
                    break;
            }
        }

        return null;
    }
}
