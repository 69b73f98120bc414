using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Memory.Cli;

/// <summary>Tells how far long work is: a bar on a terminal, and elsewhere a line every few seconds.</summary>
internal static class VerbProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Does the work.</summary>
    /// <param name="error">Where to tell.</param>
    /// <param name="what">What is being done: <c>Embedding messages</c>.</param>
    /// <param name="total">How many there are; null when nobody knows.</param>
    /// <param name="work">The work; it reports how many are done.</param>
    public static async Task<T> RunAsync<T>(StandardError error, string what, long? total, Func<IProgress<long>, Task<T>> work)
    {
        if (!error.IsTerminal)
        {
            return await work(new Lines(error, what, total));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(what), maxValue: total ?? 1);
                task.IsIndeterminate = total is null;
                return await work(new Bar(task, what));
            });
    }

    private sealed class Bar(ProgressTask task, string what) : IProgress<long>
    {
        public void Report(long value)
        {
            task.Value = value;
            task.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{what} {value:N0}"));
        }
    }

    private sealed class Lines(StandardError error, string what, long? total) : IProgress<long>
    {
        private long last = Stopwatch.GetTimestamp();

        public void Report(long value)
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref last)) < Interval)
            {
                return;
            }

            Volatile.Write(ref last, Stopwatch.GetTimestamp());
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {value}{(total is { } all ? $" of {all}" : "")}"));
        }
    }
}
