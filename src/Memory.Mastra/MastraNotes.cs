namespace Memory.Mastra;

/// <summary>What <see cref="MastraArchive.Notes"/> counts, as the words that follow the number in a report.</summary>
public static class MastraNotes
{
    /// <summary>An id of a resource, thread or message is now <c>mastra-</c> and 32 hexadecimal digits of its SHA-256, the same at every import.</summary>
    public const string IdsReplaced = "ids replaced, because they are empty, longer than 256 bytes or hold control characters";

    /// <summary>Mastra had an empty resource id there.</summary>
    public const string ThreadsOfNobody = "threads of no resource, given to the resource '" + RowsToRecords.Nobody + "'";

    /// <summary>A message belongs to whom its thread belongs to.</summary>
    public const string OtherResource = "messages that name another resource than their thread's, which they have now";

    /// <summary>Mastra cannot list their thread any more: it was deleted.</summary>
    public const string MessagesWithoutThread = "messages left out, because their thread is gone";

    /// <summary>As Mastra gives them to a model; what kind they are stands in their metadata, as before.</summary>
    public const string Signals = "signals, now messages of the role user";

    /// <summary>The least trusted role; the one it had is in the metadata, under <see cref="RowsToRecords.Extra"/>.</summary>
    public const string UnknownRoles = "messages of an unknown role, which is now user";

    /// <summary>Content that is no JSON of Mastra's, or nested deeper than 64 levels.</summary>
    public const string ContentAsText = "messages whose content is in no known form, kept as plain text";

    /// <summary>The part is now the <c>value</c> of one with the type <c>unknown</c>.</summary>
    public const string PartsWithoutType = "parts without a type, now of the type unknown";

    /// <summary>A message's or thread's, or a resource's working memory's.</summary>
    public const string TimesReplaced = "times that cannot be read, replaced by that of the thread, or by 1970";

    /// <summary>Our resources have none.</summary>
    public const string ResourceMetadata = "resources whose metadata was left out";

    /// <summary>Metadata is a JSON object of at most 64 levels.</summary>
    public const string ThreadMetadata = "threads whose metadata was left out, because it is no JSON object";

    /// <summary>In a title or a text of working memory.</summary>
    public const string NulReplaced = "texts in which NUL characters became U+FFFD";

    /// <summary>They are imported nevertheless, but cannot be written again at that size.</summary>
    public const string LargeWorkingMemory = "working memories larger than 256 KiB";

    /// <summary>Rows of <c>mastra_observational_memory</c>.</summary>
    public const string Observations = "rows of observational memory left out";
}
