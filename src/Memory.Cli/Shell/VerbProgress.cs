using System.Diagnostics;
using System.Globalization;
using Memory.Core;
using Spectre.Console;

namespace Memory.Cli;

/// <summary>Tells how far long work is, how fast it goes and how long it will take: a bar on a terminal, and elsewhere a line every few seconds.</summary>
internal static class VerbProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Does the work.</summary>
    /// <param name="error">Where to tell.</param>
    /// <param name="what">What is being done: <c>Embedding messages</c>.</param>
    /// <param name="total">How many there are; null when nobody knows.</param>
    /// <param name="work">The work; it reports how many are done.</param>
    public static Task<T> RunAsync<T>(StandardError error, string what, long? total, Func<IProgress<long>, Task<T>> work) =>
        RunAsync(error, what, progress => work(new Counted(progress, total)));

    /// <summary>Does work that finds out on its way how much there is.</summary>
    /// <param name="error">Where to tell.</param>
    /// <param name="what">What is being done: <c>Copying messages</c>.</param>
    /// <param name="work">The work.</param>
    public static async Task<T> RunAsync<T>(StandardError error, string what, Func<IProgress<TransferProgress>, Task<T>> work)
    {
        if (!error.IsTerminal)
        {
            return await work(new Lines(error, what));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(what));
                task.IsIndeterminate = true;
                return await work(new Bar(task, what));
            });
    }

    private static string Text(string what, TransferProgress progress, double seconds) => string.Create(
        CultureInfo.InvariantCulture, $"{what} {progress.Messages:N0}{(progress.TotalMessages is { } all ? $" of {all:N0}" : "")}, {progress.Messages / Math.Max(seconds, 0.001):N0}/s");

    private sealed class Counted(IProgress<TransferProgress> progress, long? total) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new TransferProgress(0, null, value, total));
    }

    private sealed class Bar(ProgressTask task, string what) : IProgress<TransferProgress>
    {
        private readonly long start = Stopwatch.GetTimestamp();

        public void Report(TransferProgress value)
        {
            (task.IsIndeterminate, task.MaxValue) = (value.TotalMessages is null, Math.Max(1, value.TotalMessages ?? 1));
            task.Value = value.TotalMessages is null ? 0 : value.Messages;
            task.Description = Markup.Escape(Text(what, value, Stopwatch.GetElapsedTime(start).TotalSeconds));
        }
    }

    private sealed class Lines(StandardError error, string what) : IProgress<TransferProgress>
    {
        private readonly long start = Stopwatch.GetTimestamp();
        private long last = Stopwatch.GetTimestamp();

        public void Report(TransferProgress value)
        {
            var before = Volatile.Read(ref last);
            if (Stopwatch.GetElapsedTime(before) < Interval || Interlocked.CompareExchange(ref last, Stopwatch.GetTimestamp(), before) != before)
            {
                return; // several threads of work report, and one of them writes
            }

            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var left = value is { TotalMessages: { } all, Messages: > 0 } ? $", {Math.Ceiling(seconds / value.Messages * Math.Max(0, all - value.Messages)):0} s left" : "";
            error.WriteLine($"{Text(what, value, seconds)}{left}");
        }
    }
}
