namespace Runhouse.Generators.Tests.Infrastructure;

/// <summary>Sources that several tests share.</summary>
internal static class Samples
{
    public const string Everything = """
        using System;
        using System.Collections.Generic;
        using System.Runtime.CompilerServices;
        using System.Threading;
        using System.Threading.Tasks;
        using Runhouse;

        namespace App;

        /// <summary>How.</summary>
        public enum Mode { A, B }

        /// <summary>An interface whose members are all asynchronous.</summary>
        public interface ICounter
        {
            /// <summary>Adds.</summary>
            Task<int> AddLaterAsync(int value);

            /// <summary>Waits.</summary>
            ValueTask WaitAsync(CancellationToken cancellationToken);
        }

        /// <summary>An interface with a synchronous member.</summary>
        public interface ISynchronous { /// <summary>Adds.</summary>
            int Add(int value, int times = 2); }

        /// <summary>A base class.</summary>
        public abstract class Named<T>
        {
            /// <summary>Inherited.</summary>
            public string Describe(T @class) => "named " + @class;
        }

        /// <summary>Counts.</summary>
        [Remote(Gpu = "A100", Cpus = "8+", Concurrency = 1)]
        public sealed class Counter(int start, string? label = "x\"y", double rate = 0.5) : Named<int>, ICounter, ISynchronous, IAsyncDisposable
        {
            private int _value = start;

            /// <summary>No start.</summary>
            public Counter() : this(0) { }

            /// <summary>The label.</summary>
            public string? Label { get; set; } = label;

            /// <summary>The rate.</summary>
            public double Rate => rate;

            /// <summary>Adds.</summary>
            public int Add(int value, int times = 2) => _value += value * times;

            /// <summary>Adds many.</summary>
            public void Reset() => _value = 0;

            /// <summary>Adds.</summary>
            public async Task<int> AddLaterAsync(int value) { await Task.Yield(); return _value += value; }

            /// <summary>Waits.</summary>
            public async ValueTask WaitAsync(CancellationToken cancellationToken) => await Task.Delay(0, cancellationToken);

            /// <summary>Streams.</summary>
            public async IAsyncEnumerable<int> CountAsync(int to, [EnumeratorCancellation] CancellationToken cancellationToken = default)
            {
                for (int i = 0; i < to; i++) { await Task.Yield(); cancellationToken.ThrowIfCancellationRequested(); yield return i; }
            }

            /// <summary>Sums.</summary>
            public async Task<int> SumAsync(IAsyncEnumerable<int> items, IProgress<int>? progress)
            {
                int sum = 0;
                await foreach (int item in items) { sum += item; progress?.Report(sum); }
                return sum;
            }

            /// <summary>Not remote.</summary>
            public ValueTask DisposeAsync() => default;
        }

        /// <summary>Jobs.</summary>
        public static class Jobs
        {
            /// <summary>Doubles.</summary>
            [Remote(Cpus = "2+")]
            public static Task<int> DoubleAsync(int value, CancellationToken cancellationToken = default) => Task.FromResult(value * 2);

            /// <summary>Throws.</summary>
            [Remote]
            public static string? Echo(string? text, bool @throw = false) => @throw ? throw new JobException("no", 7) : text;

            /// <summary>Runs by itself.</summary>
            [Remote(Schedule = "0 6 * * MON-FRI", TimeZone = "Europe/Vienna", KeepsUp = true, Retries = 2, Idempotent = true)]
            public static Task<int> NightlyAsync(int days = 7, Mode mode = Mode.B, double? rate = null, string label = "a\"b", IProgress<int>? progress = null, CancellationToken cancellationToken = default) => Task.FromResult(days);

            internal static class Inner
            {
                [Remote] internal static void Quiet(int cancellationToken) { _ = cancellationToken; }
            }
        }

        /// <summary>An error.</summary>
        public sealed class JobException(string message, int code) : Exception(message)
        {
            /// <summary>The code.</summary>
            public int Code { get; } = code;

            /// <summary>A hint.</summary>
            public string? Hint { get; init; }
        }
        """;

    public const string Caller = """
        using System.Threading.Tasks;
        using App;
        internal static class Use
        {
            public static async Task RunAsync()
            {
                await using CounterRemote counter = await Counter.RemoteAsync(3);
                await using CounterRemote same = await Counter.Remote.On(Runhouse.Cluster.Local()).Named("c").CreateAsync(3, label: null);
                ICounter contract = counter;
                await contract.AddLaterAsync(1);
                await counter.AddAsync(1);
                await counter.SetLabelAsync("l");
                _ = await Jobs.Remote.With(Runhouse.RemoteOptions.Default).DoubleAsync(2);
                _ = await JobsRemoteEntry.Remote.EchoAsync("x");
            }
        }
        """;
}
