using System.Globalization;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using Runhouse.Worker.Logs;

namespace Runhouse.Worker.Tests.Logs;

public sealed class WorkerLogTests
{
    [Fact]
    public async Task A_host_that_does_not_read_holds_nobody_up_for_good_and_is_told_how_many_lines_it_has_missed()
    {
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        await using var entry = new FileStream(new SafeFileHandle(pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, 0);
        var log = new WorkerLog(entry);

        // More than the pipe holds, from several threads, some of it in lines that go in piece by piece.
        string filler = new('x', 9_000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (int i = 0; i < 1_000; i++)
                log.Write(string.Create(CultureInfo.InvariantCulture, $"{writer} {i} {(i % 10 == 0 ? filler : "")}"));
        })));

        var read = new List<string>();
        using var reader = new StreamReader(pipe);
        Task reading = Task.Run(async () =>
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (read)
                    read.Add(line);
            }
        });
        int more = 0;
        while (true)
        {
            log.Write("more");
            more++;
            lock (read)
            {
                if (read.Contains("more"))
                    break;
            }

            await Task.Delay(10);
        }

        await entry.DisposeAsync();
        pipe.DisposeLocalCopyOfClientHandle();
        await reading;

        // What was cut off is counted with those that are missing.
        string[] whole = [.. read.Where(line => line.Split(' ') is [_, _, var rest] && (rest.Length is 0 || rest == filler))];
        long missing = read.Where(static line => line.StartsWith('(')).Sum(static line => long.Parse(line[1..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture));
        Assert.NotEmpty(whole);
        Assert.True(missing > 0);
        Assert.Equal(4_000 + more, whole.Length + missing + read.Count(static line => line == "more"));
        for (char writer = '0'; writer < '4'; writer++)
        {
            int[] numbers = [.. whole.Where(line => line[0] == writer).Select(static line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture))];
            Assert.Equal(numbers.Order(), numbers);
        }
    }
}
