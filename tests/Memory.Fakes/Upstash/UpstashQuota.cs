namespace Memory.Fakes;

/// <summary>Which quota of an Upstash Redis is used up.</summary>
public enum UpstashQuota
{
    /// <summary>None.</summary>
    None,

    /// <summary>The day's commands: <c>ERR max daily request limit exceeded</c>.</summary>
    DailyRequests,

    /// <summary>The month's commands: <c>ERR max requests limit exceeded</c>.</summary>
    MonthlyRequests,

    /// <summary>The data's size, <c>ERR DB capacity quota exceeded</c>: writes are refused, reads and deletes are not. A script counts as a write, which is a guess.</summary>
    Capacity,
}
