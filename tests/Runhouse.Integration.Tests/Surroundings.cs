using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Runhouse.Integration;

/// <summary>What remote code finds around it.</summary>
public static partial class Surroundings
{
    /// <summary>An environment variable as managed code, native code and a child process see it.</summary>
    [Remote]
    public static async Task<string> DescribeVariableAsync(string name, CancellationToken cancellationToken = default)
    {
        using Process child = Process.Start(new ProcessStartInfo("printenv", [name]) { RedirectStandardOutput = true })!;
        string ofChild = await child.StandardOutput.ReadToEndAsync(cancellationToken);
        return $"{Environment.GetEnvironmentVariable(name)}|{Marshal.PtrToStringUTF8(NativeVariable(name))}|{ofChild.TrimEnd('\n')}";
    }

    /// <summary>Writes an environment variable in every way there is, also in two parts.</summary>
    [Remote]
    public static async Task<string> WriteVariableAsync(string name, CancellationToken cancellationToken = default)
    {
        string value = Environment.GetEnvironmentVariable(name) ?? "";
        Console.WriteLine($"console: {value}");
        Console.Write($"parts: {value[..3]}");
        Console.WriteLine(value[3..]);
        Console.Error.WriteLine($"error: {value}");
        using Process child = Process.Start("sh", ["-c", $"echo \"child: ${name}\" >&2"]);
        await child.WaitForExitAsync(cancellationToken);
        return "";
    }

    /// <summary>The text of a file of the host.</summary>
    [Remote]
    public static async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken = default)
        => $"{await File.ReadAllTextAsync(path, cancellationToken)}|{(OperatingSystem.IsWindows() ? "" : File.GetUnixFileMode(path))}";

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NativeVariable(string name);
}
