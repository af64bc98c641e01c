using System.Runtime.CompilerServices;
using Runhouse.Worker.Hangs;

namespace Runhouse.Worker.Tests.Hangs;

public sealed class ThreadStacksTests
{
    [Fact]
    public void The_thread_in_the_member_comes_first_with_its_name_and_each_method_on_its_way()
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var thread = new Thread(() => Outer(entered, leave)) { Name = "Waits here" };
        thread.Start();
        entered.Wait();

        string[] lines = [.. ThreadStacks.Capture("Runhouse.Worker.Tests.Hangs.ThreadStacksTests.Inner(int)")];

        leave.Set();
        thread.Join();
        Assert.StartsWith("Thread ", lines[0], StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.EndsWith(" 'Waits here'", lines[0], StringComparison.Ordinal);
        string[] first = [.. lines.Skip(1).TakeWhile(static line => line.StartsWith("   at ", StringComparison.Ordinal))];
        int inner = Array.FindIndex(first, static line => line.StartsWith("   at Runhouse.Worker.Tests.Hangs.ThreadStacksTests.Inner(", StringComparison.Ordinal));
        int outer = Array.FindIndex(first, static line => line.StartsWith("   at Runhouse.Worker.Tests.Hangs.ThreadStacksTests.Outer(", StringComparison.Ordinal));
        Assert.InRange(inner, 1, outer - 1);
        Assert.Contains(lines.Skip(first.Length + 1), static line => line.StartsWith("Thread ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    public void A_report_that_ends_in_the_middle_is_said_to(int length)
    {
        byte[] whole = [.. "Nettrace"u8, 20, 0, 0, 0, .. "!FastSerialization.1"u8, 5, 5, 1, 4, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, .. "Trace"u8, 6];
        Assert.Throws<InvalidDataException>(() => TraceReader.Read(whole[..length]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Outer(ManualResetEventSlim entered, ManualResetEventSlim leave)
    {
        Inner(entered, leave);
        GC.KeepAlive(entered);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Inner(ManualResetEventSlim entered, ManualResetEventSlim leave)
    {
        entered.Set();
        leave.Wait();
        GC.KeepAlive(leave);
    }
}
