using System.Diagnostics;
using System.Globalization;
using Runhouse.Host.Hosting;
using Runhouse.Host.Machines;

namespace Runhouse.Host.Tests;

/// <summary>What a process leaves in its group, whose number may be somebody else's by then.</summary>
public sealed class ProcessGroupTests
{
    [Fact]
    public async Task What_was_started_before_the_end_is_ended_and_a_group_that_is_younger_is_left_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The host asks Linux when a process was started.");
        (int leader, Process left) = await StartAsync("sleep 1000 >&- 2>&- & echo $!");
        using (left)
        {
            long started = long.Parse(ProcessReading.TryReadStart(left.Id)!, CultureInfo.InvariantCulture);
            Assert.InRange(started, 0, ProcessReading.Now());

            // As if the number had been given away before.
            ProcessGroup.SignalRest(leader, started - 1, ChildProcess.Kill);
            Assert.False(HasEnded(left.Id));

            ProcessGroup.SignalRest(leader, ProcessReading.Now(), ChildProcess.Kill);
            await UntilAsync(() => HasEnded(left.Id));
        }
    }

    [Fact]
    public async Task A_group_whose_number_a_process_has_is_left_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The host asks Linux when a process was started.");
        using Process other = Process.Start(ChildProcess.CreateStart(["/bin/sh", "-c", "echo here; read line"], Path.GetTempPath()))!;
        Assert.Equal("here", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        ProcessGroup.SignalRest(other.Id, ProcessReading.Now(), ChildProcess.Kill);

        other.StandardInput.Close();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, other.ExitCode);
    }

    private static async Task<(int Leader, Process Left)> StartAsync(string script)
    {
        using Process leader = Process.Start(ChildProcess.CreateStart(["/bin/sh", "-c", script], Path.GetTempPath()))!;
        int left = int.Parse((await leader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!, CultureInfo.InvariantCulture);
        await leader.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (leader.Id, Process.GetProcessById(left));
    }

    private static bool HasEnded(int process) => ProcessReading.TryReadFields(process) is null or ["Z", ..];

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }
}
