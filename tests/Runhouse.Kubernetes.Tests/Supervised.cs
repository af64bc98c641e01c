using System.Diagnostics;

namespace Runhouse.Kubernetes;

/// <summary>Programs that end with the tests, however those end.</summary>
internal static class Supervised
{
    /// <summary>The path of a script that lies beside the tests.</summary>
    /// <param name="path">Its path in this project.</param>
    public static string Script(string path) => Path.Combine(AppContext.BaseDirectory, path);

    /// <summary>Starts a program, which runs until it ends by itself or its input here is closed.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(string program, params IEnumerable<string> arguments)
        => Process.Start(new ProcessStartInfo("bash", [Script("supervised.sh"), program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Ends a program at once.</summary>
    /// <param name="process">What <see cref="Start"/> gave.</param>
    public static async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
