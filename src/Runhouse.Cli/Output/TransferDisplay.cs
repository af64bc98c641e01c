using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Shows how far a transfer is: a bar with rate and remaining time on a terminal, nothing elsewhere.</summary>
internal static class TransferDisplay
{
    /// <summary>Does something and shows how it goes.</summary>
    /// <typeparam name="T">Its result.</typeparam>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="work">What to do.</param>
    public static async Task<T> RunAsync<T>(Terminal terminal, Func<IProgress<TransferProgress>, Task<T>> work)
    {
        if (!terminal.Error.Profile.Out.IsTerminal || terminal.IsJson)
            return await work(new Progress<TransferProgress>()).ConfigureAwait(false);
        Progress progress = terminal.Error.Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn());
        return await progress.StartAsync(context => work(new Bars(context))).ConfigureAwait(false);
    }

    private sealed class Bars(ProgressContext context) : IProgress<TransferProgress>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<TransferPhase, ProgressTask> _tasks = [];

        public void Report(TransferProgress value)
        {
            lock (_gate)
            {
                if (!_tasks.TryGetValue(value.Phase, out ProgressTask? task))
                    _tasks.Add(value.Phase, task = context.AddTask(value.Phase.ToString()));
                task.MaxValue = Math.Max(1, value.BytesTotal);
                task.Value = value.BytesTotal > 0 ? value.BytesDone : 1;
            }
        }
    }
}
