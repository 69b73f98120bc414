namespace Memory.Core;

/// <summary>Measures recall on labelled questions: loads their conversations, has them embedded if there is an embedder, and asks.</summary>
public sealed class EvaluateRecall(AppendMessages append, RecallMessages recall, ISearchIndex index, TimeProvider clock, EmbedMessages? embed = null)
{
    /// <summary>How many hits of a question are looked at.</summary>
    public const int Depth = 20;

    // Well under the limits of an append for messages of ordinary length.
    private const int Batch = 200;

    // An embedder that does nothing for so long has failed.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Appends the messages under ids of their own, and waits for their vectors.</summary>
    /// <param name="set">The conversations.</param>
    /// <param name="prefix">What the ids of resources and threads begin with in the store.</param>
    /// <param name="progress">Told how many messages are there, vectors included.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="EmbeddingException">The embedder has failed.</exception>
    public async Task LoadAsync(EvaluationSet set, string prefix, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var loaded = 0;
        foreach (var thread in set.Messages.GroupBy(message => (message.ResourceId, message.ThreadId)))
        {
            foreach (var messages in thread.Chunk(Batch))
            {
                var request = new AppendRequest
                {
                    ResourceId = prefix + thread.Key.ResourceId,
                    Messages = [.. messages.Select(message => new MessageInput
                    {
                        Id = message.Id, Role = message.Role, Name = message.Name, Content = MessageContent.FromText(message.Content).Json, CreatedAt = message.CreatedAt,
                    })],
                };
                await append.AppendForLaterAsync(append.Prepare(prefix + thread.Key.ThreadId, request), cancellationToken);
                loaded += messages.Length;
                progress?.Report(embed is null ? loaded : 0);
            }
        }

        if (embed is not null)
        {
            await EmbedAsync(embed, [.. set.Messages.Select(message => prefix + message.ResourceId).Distinct(StringComparer.Ordinal)], loaded, progress, cancellationToken);
        }
    }

    /// <summary>Asks the questions, one after another.</summary>
    /// <param name="set">The questions.</param>
    /// <param name="prefix">As in <see cref="LoadAsync"/>.</param>
    /// <param name="progress">Told how many questions were asked.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<EvaluationReport> AskAsync(EvaluationSet set, string prefix, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        var report = new EvaluationReport();
        for (var i = 0; i < set.Questions.Count; i++)
        {
            var question = set.Questions[i];
            await AskAsync(report.Resource, question, SearchScope.Resource(prefix + question.ResourceId), cancellationToken);
            if (question.ThreadId is { } threadId)
            {
                await AskAsync(report.Thread, question, SearchScope.Thread(prefix + threadId), cancellationToken);
            }

            progress?.Report(i + 1);
        }

        return report;
    }

    private async Task AskAsync(ScopeReport report, EvaluationQuestion question, SearchScope scope, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var found = await recall.RecallAsync(new RecallQuery { Scope = scope, Query = question.Question, TopK = Depth }, cancellationToken);
        var time = clock.GetElapsedTime(start);

        // The other half of a tool call has no score. The sort is stable: equal scores stay in the order of time.
        string[] ranked = [.. found.Messages.Where(message => message.Score is not null).OrderByDescending(message => message.Score).Select(message => message.Message.Id)];
        report.Add(question, ranked, time, isWithoutVector: found.Explanation.DenseFailure is not null);
    }

    private async Task EmbedAsync(EmbedMessages embedder, string[] resources, long count, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        for (var lastProgress = clock.GetTimestamp(); ;)
        {
            if (await embedder.RunDueAsync(cancellationToken) > 0)
            {
                lastProgress = clock.GetTimestamp();
                progress?.Report(count - Math.Min(count, await PendingAsync(resources, cancellationToken)));
                continue;
            }

            var pending = await PendingAsync(resources, cancellationToken);
            if (pending == 0)
            {
                progress?.Report(count);
                return;
            }

            if (clock.GetElapsedTime(lastProgress) > Patience)
            {
                throw new EmbeddingException("the embedder", isTransient: true, $"{pending} messages got no vectors within {Patience.TotalMinutes:0} minutes");
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task<long> PendingAsync(string[] resources, CancellationToken cancellationToken)
    {
        long pending = 0;
        foreach (var resource in resources)
        {
            var found = await index.SearchAsync(new SearchQuery { Scope = SearchScope.Resource(resource), Terms = [], CountPending = true, TopK = 1 }, cancellationToken);
            pending += found?.PendingEmbeddings ?? 0;
        }

        return pending;
    }
}
