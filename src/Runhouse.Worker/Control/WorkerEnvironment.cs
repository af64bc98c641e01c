using System.Runtime.InteropServices;

namespace Runhouse.Worker.Control;

/// <summary>The environment variables of this process, as all of it sees them: managed code, native libraries and child processes.</summary>
internal static partial class WorkerEnvironment
{
    /// <summary>Sets variables. Called before user code is loaded, while nothing else of the process reads them.</summary>
    public static void Set(IReadOnlyDictionary<string, string> variables)
    {
        foreach ((string name, string value) in variables)
        {
            // The runtime took its own copy at the start; the C library has another, which native code reads.
            Environment.SetEnvironmentVariable(name, value);
            if (!OperatingSystem.IsWindows() && SetNative(name, value, overwrite: 1) != 0)
                throw new IOException($"The environment variable {name} cannot be set: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNative(string name, string value, int overwrite);
}
