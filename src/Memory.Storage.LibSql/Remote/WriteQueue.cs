using System.Diagnostics;
using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>
/// Sends one request with writes at a time; those that come meanwhile go together with the next. A database takes one write at a time anyway, and a server lets the others spin for it: from
/// four at once on they are slower and some fail (docs/decisions/0013). In one request each is still a transaction of its own.
/// </summary>
internal sealed class WriteQueue
{
    private const int MaxBytes = 4_000_000, MaxWrites = 256;

    private readonly Queue<Write> waiting = [];
    private bool sending;

    /// <summary>Has a write sent, unless its caller gives up before.</summary>
    /// <param name="part">The write as a part of a request.</param>
    /// <param name="send">Sends parts.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Its result.</returns>
    public Task<JsonElement> SendAsync(ReadOnlyMemory<byte> part, Func<IReadOnlyList<ReadOnlyMemory<byte>>, CancellationToken, Task<JsonDocument>> send, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var write = new Write(part, cancellationToken);
        lock (waiting)
        {
            waiting.Enqueue(write);
            if (!sending)
            {
                sending = true;
                _ = SendWaitingAsync(send);
            }
        }

        return write.Answer.Task.WaitAsync(cancellationToken);
    }

    private async Task SendWaitingAsync(Func<IReadOnlyList<ReadOnlyMemory<byte>>, CancellationToken, Task<JsonDocument>> send)
    {
        while (Take() is { Count: > 0 } group)
        {
            Activity.Current = group[0].Caller; // not that of whoever came first of all
            try
            {
                using var document = await send([.. group.Select(write => write.Part)], CancellationToken.None);
                var results = document.RootElement.GetProperty("results");
                for (var i = 0; i < group.Count; i++)
                {
                    group[i].Answer.SetResult(results[i].Clone());
                }
            }
#pragma warning disable CA1031 // Whatever it is belongs to those who wait, and must not end the queue.
            catch (Exception fault)
            {
                group.ForEach(write => write.Answer.TrySetException(fault));
            }
#pragma warning restore CA1031
        }
    }

    private List<Write> Take()
    {
        List<Write> group = [];
        lock (waiting)
        {
            for (var bytes = 0; group.Count < MaxWrites && waiting.TryPeek(out var next) && (group.Count == 0 || bytes + next.Part.Length <= MaxBytes);)
            {
                waiting.Dequeue();
                if (!next.CancellationToken.IsCancellationRequested)
                {
                    group.Add(next);
                    bytes += next.Part.Length;
                }
            }

            sending = group.Count > 0;
        }

        return group;
    }

    private sealed record Write(ReadOnlyMemory<byte> Part, CancellationToken CancellationToken)
    {
        public Activity? Caller { get; } = Activity.Current;

        public TaskCompletionSource<JsonElement> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
