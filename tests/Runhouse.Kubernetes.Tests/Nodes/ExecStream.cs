using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Runhouse.Kubernetes.Nodes;

/// <summary>A command in a container, as container runtimes have it: it goes on when the caller is gone, and then reads the end of its input.</summary>
internal static class ExecStream
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Error = 2;
    private const byte Result = 3;

    /// <summary>Runs it.</summary>
    /// <param name="socket">The caller.</param>
    /// <param name="container">The container.</param>
    /// <param name="query">What to run.</param>
    public static async Task RunAsync(ChannelSocket socket, Container container, IQueryCollection query)
    {
        using Process process = container.Start(query["command"].OfType<string>());

        // Says that all is there, as kubelets do.
        await socket.SendAsync(Output, ReadOnlyMemory<byte>.Empty);
        Task reading = ReadAsync(socket, process);
        await Task.WhenAll(socket.SendAllAsync(Output, process.StandardOutput.BaseStream), socket.SendAllAsync(Error, process.StandardError.BaseStream), process.WaitForExitAsync());
        string status = process.ExitCode == 0
            ? """{"metadata":{},"status":"Success"}"""
            : string.Create(CultureInfo.InvariantCulture, $$$"""{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"{{{process.ExitCode}}}"}]}}""");
        await socket.SendAsync(Result, Encoding.UTF8.GetBytes(status));
        await socket.CloseAsync();
        await reading;
    }

    private static async Task ReadAsync(ChannelSocket socket, Process process)
    {
        Stream input = process.StandardInput.BaseStream;
        bool isOpen = true;
        while (await socket.ReceiveAsync() is { } message)
        {
            if (message.Channel != Input || !isOpen)
                continue;
            try
            {
                await input.WriteAsync(message.Data);
                await input.FlushAsync();
            }
            catch (IOException)
            {
                // It reads no more.
                isOpen = false;
            }
        }

        if (isOpen)
            process.StandardInput.Close();
    }
}
