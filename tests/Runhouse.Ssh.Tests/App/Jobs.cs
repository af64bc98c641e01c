using System.Runtime.CompilerServices;

namespace Runhouse.Ssh.App;

/// <summary>Remote functions for the machines of the tests.</summary>
public static class Jobs
{
    /// <summary>A sum.</summary>
    [Remote]
    public static int Add(int a, int b) => a + b;

    /// <summary>The name of the machine that it runs on.</summary>
    [Remote]
    public static string Machine() => Environment.MachineName;

    /// <summary>A variable of the process that it runs in.</summary>
    [Remote]
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name);

    /// <summary>Where .NET runs from.</summary>
    [Remote]
    public static string Runtime() => typeof(object).Assembly.Location;

    /// <summary>Begins, tells that it has, and returns how often it did on that machine once there is a file.</summary>
    [Remote]
    public static async Task<int> WaitForFileAsync(string path, IProgress<int> began, CancellationToken cancellationToken)
    {
        await File.AppendAllLinesAsync(path + ".runs", ["one"], cancellationToken);
        began.Report(1);
        while (!File.Exists(path))
            await Task.Delay(20, cancellationToken);
        return (await File.ReadAllLinesAsync(path + ".runs", cancellationToken)).Length;
    }

    /// <summary>Numbers, one after the other.</summary>
    [Remote]
    public static async IAsyncEnumerable<int> CountAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return i;
            if (i % 1000 == 0)
                await Task.Yield();
        }
    }

    /// <summary>Writes a line.</summary>
    [Remote]
    public static void Say(string text) => Console.WriteLine(text);

    /// <summary>Gives back what it got.</summary>
    [Remote]
    public static byte[] Echo(byte[] data) => data;
}
