using Memory.Core;

namespace Memory.Http;

/// <summary>Collects what is wrong with a request's fields, so that one answer names them all.</summary>
internal sealed class FieldErrors
{
    private readonly Dictionary<string, string> errors = new(StringComparer.Ordinal);

    public void Add(string path, string problem) => errors.TryAdd(path, problem);

    public void CheckId(string path, string? id)
    {
        if (id is not null && !Identifier.IsValid(id))
        {
            Add(path, Identifier.Rule);
        }
    }

    public void Require(string path, object? value)
    {
        if (value is null)
        {
            Add(path, "is required");
        }
    }

    public void CheckName(string path, string? name)
    {
        if (!AppendMessages.IsName(name))
        {
            Add(path, AppendMessages.NameRule);
        }
    }

    public int Number(string path, int? value, int fallback, int least, int most)
    {
        if (value < least || value > most)
        {
            Add(path, $"must be {least} to {most}");
        }

        return value ?? fallback;
    }

    public void CheckObject(string path, RawJson? json)
    {
        if (json is not null && json.Text[0] != '{')
        {
            Add(path, "must be an object");
        }
    }

    public void CheckTitle(string path, string? title)
    {
        if (title is not null && (title.Length > EditThreads.MaxTitleLength || title.Any(char.IsControl)))
        {
            Add(path, $"must have at most {EditThreads.MaxTitleLength} characters, none of them a control character");
        }
    }

    public TimeSpan? TimeToLive(string path, long? seconds)
    {
        var (least, most) = EditThreads.TimesToLive;
        if (seconds is { } given && (given < least.TotalSeconds || given > most.TotalSeconds))
        {
            Add(path, $"must be {least.TotalSeconds} to {most.TotalSeconds} seconds, or null for the deployment's");
            return null;
        }

        return seconds is null ? null : TimeSpan.FromSeconds(seconds.Value);
    }

    public DateTimeOffset? Time(string path, string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (!Timestamps.TryParseRfc3339(text, out var time))
        {
            Add(path, "must be an RFC 3339 time with Z or an offset, such as 2030-01-31T09:00:00Z");
        }

        return time;
    }

    /// <summary>Refuses the request when anything was added.</summary>
    public void ThrowIfAny()
    {
        if (errors.Count > 0)
        {
            throw RefusedException.Invalid(errors);
        }
    }
}
