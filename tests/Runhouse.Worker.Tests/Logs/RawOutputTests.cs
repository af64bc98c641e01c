using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Runhouse.Protocol.Connections;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Tests.Logs;

[SupportedOSPlatform("linux")]
public sealed class RawOutputTests
{
    [Fact]
    public async Task Of_a_stack_that_ran_over_the_first_frames_are_shown_and_the_others_are_counted()
    {
        var lines = new ConcurrentQueue<string>();
        SafeFileHandle entry = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);
        RawPipe pipe = RawPipe.Create(1 << 16);
        pipe.LeadFrom((int)entry.DangerousGetHandle());
        RawOutput.Start(pipe, LogSource.StandardError, new WorkerLog(Stream.Null), (_, line) => lines.Enqueue(line));
        await using (var writer = new StreamWriter(new FileStream(entry, FileAccess.Write, 0)))
        {
            await writer.WriteLineAsync("before");
            await writer.WriteLineAsync("   at a frame of no report");
            await writer.WriteLineAsync("Stack overflow.");
            for (int frame = 0; frame < 50_000; frame++)
                await writer.WriteLineAsync($"   at Jobs.Overflow({frame})");
            await writer.WriteLineAsync("after");
        }

        while (!lines.Contains("after"))
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["before", "   at a frame of no report", "Stack overflow.", .. Enumerable.Range(0, 1000).Select(static frame => $"   at Jobs.Overflow({frame})"), "[... 49000 frames ...]", "after"],
            lines);
    }
}
