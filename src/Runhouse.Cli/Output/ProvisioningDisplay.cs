using System.Collections.Concurrent;
using Spectre.Console;

namespace Runhouse.Cli.Output;

/// <summary>Shows how machines become hosts: bars with rate and remaining time on a terminal, a line for each stage elsewhere.</summary>
internal static class ProvisioningDisplay
{
    /// <summary>Does something and shows how it goes.</summary>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="work">What to do.</param>
    public static async Task RunAsync(Terminal terminal, Func<IProgress<ProvisioningProgress>, Task> work)
    {
        if (!terminal.Error.Profile.Out.IsTerminal || terminal.IsJson)
        {
            await work(new Lines(terminal)).ConfigureAwait(false);
            return;
        }

        Progress progress = terminal.Error.Progress().HideCompleted(false).AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new RemainingTimeColumn(), new SpinnerColumn());
        await progress.StartAsync(context => work(new Bars(context))).ConfigureAwait(false);
    }

    private static string Describe(ProvisioningProgress value) => value.Stage switch
    {
        ProvisioningStage.Leasing => $"{value.Host}: leasing",
        ProvisioningStage.Queued => $"{value.Host}: waits ({value.Line ?? "queued"})",
        ProvisioningStage.Connecting => $"{value.Host}: connecting",
        ProvisioningStage.Fetching => $"{value.Host}: fetching .NET for its platform",
        ProvisioningStage.Uploading => $"{value.Host}: sending the host's programs",
        ProvisioningStage.Image => $"{value.Host}: {value.Line ?? "image"}",
        _ => $"{value.Host}: ready",
    };

    private sealed class Lines(Terminal terminal) : IProgress<ProvisioningProgress>
    {
        private readonly ConcurrentDictionary<(string, ProvisioningStage), bool> _said = new();

        public void Report(ProvisioningProgress value)
        {
            if (value.Line is not null || _said.TryAdd((value.Host, value.Stage), true))
                terminal.Note(Describe(value));
        }
    }

    private sealed class Bars(ProgressContext context) : IProgress<ProvisioningProgress>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Report(ProvisioningProgress value)
        {
            lock (_gate)
            {
                if (!_tasks.TryGetValue(value.Host, out ProgressTask? task))
                    _tasks.Add(value.Host, task = context.AddTask(Markup.Escape(Describe(value)), maxValue: 1).IsIndeterminate());
                task.Description = Markup.Escape(Describe(value));
                if (value.TotalBytes > 0)
                {
                    task.IsIndeterminate(false);
                    task.MaxValue = value.TotalBytes;
                    task.Value = value.Bytes;
                }

                if (value.Stage == ProvisioningStage.Ready)
                {
                    task.IsIndeterminate(false);
                    task.Value = task.MaxValue;
                }
            }
        }
    }
}
