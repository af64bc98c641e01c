using Microsoft.CodeAnalysis;

namespace Runhouse.Generators.Parsing;

/// <summary>The framework's types that cannot travel, with what to use instead.</summary>
internal static class Refusals
{
    /// <summary>Why a type of the framework cannot travel; null when nothing is known against it.</summary>
    /// <param name="type">The type.</param>
    public static string? Find(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? at = type; at is not null; at = at.BaseType)
        {
            switch (at.OriginalDefinition.ToDisplayString(TypeNames.Stable))
            {
                case "System.IO.Stream":
                    return "an open stream belongs to its process: use IAsyncEnumerable<byte[]> as parameter or result, or a byte array";
                case "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask" or "System.Threading.Tasks.ValueTask<TResult>":
                    return "a task belongs to its process: await it first and send the result";
                case "System.Runtime.InteropServices.SafeHandle" or "System.IntPtr" or "System.UIntPtr":
                    return "a handle belongs to its process: send the data behind it";
                case "System.Type" or "System.Reflection.MemberInfo" or "System.Reflection.Assembly":
                    return "types are not sent over the wire: send a name or an enum and decide on the far side";
                case "System.Exception":
                    return "exceptions travel by being thrown: send its message or a record";
                case "System.Threading.CancellationToken":
                    return "a cancellation token travels as a parameter of the remote member, not inside data";
                case "System.Collections.Generic.IAsyncEnumerable<T>":
                    return "a stream travels as a parameter or as the result of the remote member, not inside data";
                case "System.IProgress<T>":
                    return "progress travels as a parameter of the remote member, not inside data";
                case "System.MulticastDelegate":
                    return "code cannot travel: send the data that the code works on";
                default:
                    break;
            }
        }

        return null;
    }
}
