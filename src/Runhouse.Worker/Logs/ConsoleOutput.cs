using System.Runtime.CompilerServices;

namespace Runhouse.Worker.Logs;

/// <summary>Makes the worker's writers the console's.</summary>
internal static class ConsoleOutput
{
    /// <summary>Sets both.</summary>
    /// <param name="output">The output; safe for use by many threads.</param>
    /// <param name="error">The error output; likewise.</param>
    public static void Set(TextWriter output, TextWriter error)
    {
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            // The framework has put a lock around each, in which one call that waits for its caller to take lines would stop all others.
            Out(null) = output;
            Error(null) = error;
        }
        catch (MissingFieldException)
        {
            // Another framework, whose console holds its writers elsewhere: they stay behind its lock.
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_out")]
    private static extern ref TextWriter? Out([UnsafeAccessorType("System.Console, System.Console")] object? console);

    [UnsafeAccessor(UnsafeAccessorKind.StaticField, Name = "s_error")]
    private static extern ref TextWriter? Error([UnsafeAccessorType("System.Console, System.Console")] object? console);
}
