using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Messages as parameters: an array a column, in the order in which the functions that write messages take them.</summary>
internal static class MessageArrays
{
    /// <summary>Ids, roles, names, contents, metadata and what stands for it, times, fingerprints, lengths, hashes and their ends, counts and their ends.</summary>
    public static NpgsqlParameter[] Of(IReadOnlyList<NewMessage> messages)
    {
        List<Terms> terms = [.. messages.Select(message => Terms.Of(message.Terms))];
        return
        [
            Parameter.Texts([.. messages.Select(message => message.Id)]),
            Parameter.Texts([.. messages.Select(message => message.Role.Name())]),
            Parameter.Texts([.. messages.Select(message => message.Name)]),
            Parameter.Texts([.. messages.Select(message => message.Content.Json.Text)]),
            Parameter.Texts([.. messages.Select(message => message.Metadata?.Text)]),
            Parameter.Texts([.. messages.Select(message => MetadataText.Plain(message.Metadata))]),
            Parameter.Times([.. messages.Select(message => message.CreatedAt)]),
            Parameter.Uuids([.. messages.Select(message => Parameter.Uuid(message.Fingerprint))]),
            Parameter.Integers([.. terms.Select(term => term.Length)]),
            Parameter.Integers([.. terms.SelectMany(term => term.Hashes)]), Parameter.Integers(Ends(terms, term => term.Hashes.Length)),
            Parameter.Integers([.. terms.SelectMany(term => term.Counts)]), Parameter.Integers(Ends(terms, term => term.Counts.Length)),
        ];
    }

    private static int[] Ends(List<Terms> terms, Func<Terms, int> count)
    {
        var end = 0;
        return [.. terms.Select(term => end += count(term))];
    }
}
