namespace Memory.Core;

/// <summary>Marks the messages that were read and, under a budget, keeps the newest and the best.</summary>
internal sealed class RecallSelection(RecallQuery query, IReadOnlyList<SearchHit> hits, IReadOnlyList<Message> messages)
{
    /// <summary>The marked messages within the budget, in no order, and their tokens.</summary>
    public (IReadOnlyList<RecalledMessage> Messages, int Tokens) Choose()
    {
        var marked = Mark();
        return query.MaxTokens is { } budget
            ? Fit(marked, budget)
            : (marked, marked.Sum(item => TokenCounter.Estimate(item.Message)));
    }

    private List<RecalledMessage> Mark()
    {
        var recent = messages
            .Where(message => message.ThreadId == query.Scope.ThreadId)
            .Select(message => message.Position)
            .OrderDescending()
            .Take(query.LastMessages)
            .ToHashSet();
        var scores = hits.ToDictionary(hit => (hit.ThreadId, hit.Position), hit => hit.Score);
        return [.. messages.Select(message =>
        {
            double? score = scores.TryGetValue((message.ThreadId, message.Position), out var found) ? found : null;
            var source = message.ThreadId == query.Scope.ThreadId && recent.Contains(message.Position) ? RecallSource.Recent
                : score is not null ? RecallSource.Recall
                : RecallSource.Context;
            return new RecalledMessage(message, source, score);
        })];
    }

    /// <summary>
    /// Takes the newest message, then the best hit, then the next newest, and so on; neighbours come last. What belongs to one tool call
    /// is taken together. The first recent message that does not fit ends the recent ones, so that no gap opens in them.
    /// </summary>
    private (IReadOnlyList<RecalledMessage> Messages, int Tokens) Fit(List<RecalledMessage> marked, int budget)
    {
        var units = Units(marked);
        var taken = new HashSet<RecalledMessage>(ReferenceEqualityComparer.Instance);
        var tokens = 0;
        var recentIsFull = false;
        foreach (var item in ByWorth(marked))
        {
            if (taken.Contains(item) || (recentIsFull && item.Source == RecallSource.Recent && item.Score is null))
            {
                continue;
            }

            var unit = units[item];
            var cost = unit.Sum(member => TokenCounter.Count(member.Message));
            if (tokens + cost <= budget)
            {
                tokens += cost;
                taken.UnionWith(unit);
            }
            else
            {
                recentIsFull |= item.Source == RecallSource.Recent;
            }
        }

        return ([.. taken], tokens);
    }

    private IEnumerable<RecalledMessage> ByWorth(List<RecalledMessage> marked)
    {
        var recent = new Queue<RecalledMessage>(marked.Where(item => item.Source == RecallSource.Recent).OrderByDescending(item => item.Message.Position));
        var found = new Queue<RecalledMessage>(marked.Where(item => item.Source == RecallSource.Recall).OrderByDescending(item => item.Score));
        while (recent.Count + found.Count > 0)
        {
            if (recent.TryDequeue(out var newest))
            {
                yield return newest;
            }

            if (found.TryDequeue(out var best))
            {
                yield return best;
            }
        }

        foreach (var item in marked.Where(item => item.Source == RecallSource.Context).OrderBy(NearestHit))
        {
            yield return item;
        }
    }

    // The best hit's neighbours first, and the nearer of them before the farther.
    private (int Rank, long Distance) NearestHit(RecalledMessage item)
    {
        var nearest = (Rank: int.MaxValue, Distance: long.MaxValue);
        for (var rank = 0; rank < hits.Count; rank++)
        {
            var distance = Math.Abs(hits[rank].Position - item.Message.Position);
            if (hits[rank].ThreadId == item.Message.ThreadId && distance <= Math.Max(query.Before, query.After))
            {
                return (rank, distance);
            }
        }

        return nearest;
    }

    private static Dictionary<RecalledMessage, List<RecalledMessage>> Units(List<RecalledMessage> marked)
    {
        var units = new Dictionary<RecalledMessage, List<RecalledMessage>>(ReferenceEqualityComparer.Instance);
        var byCall = new Dictionary<(string Thread, string Call), List<RecalledMessage>>();
        foreach (var item in marked)
        {
            var unit = units[item] = [item];
            foreach (var call in ToolPairs.Ids(item.Message))
            {
                if (byCall.TryGetValue(call, out var other) && other != unit)
                {
                    other.ForEach(member => units[member] = unit);
                    unit.AddRange(other);
                    foreach (var known in byCall.Where(entry => entry.Value == other).Select(entry => entry.Key).ToList())
                    {
                        byCall[known] = unit;
                    }
                }

                byCall[call] = unit;
            }
        }

        return units;
    }
}
