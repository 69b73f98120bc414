using Memory.Core;
using Memory.Fakes;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Short names for what goes wrong, and short ways to look at what came of it.</summary>
internal static class Upset
{
    /// <summary>The fault of a name: a status, <c>cut</c>, <c>hang</c>, <c>half</c> or <c>html</c>; "after" applies the request first.</summary>
    public static UpstashFault Of(string name)
    {
        var fault = name.Split(' ')[0] switch
        {
            "cut" => UpstashFault.Cut,
            "hang" => UpstashFault.Hang,
            "half" => UpstashFault.HalfAnswer,
            "html" => UpstashFault.Answer(200, "<html>A proxy's page.</html>"),
            var status => UpstashFault.Answer(int.Parse(status, System.Globalization.CultureInfo.InvariantCulture)),
        };
        return name.EndsWith("after", StringComparison.Ordinal) ? fault.AfterApplying : fault;
    }

    /// <summary>Has the next request go wrong; of those that wait for an answer in vain, no more than the first three, for a test's time.</summary>
    public static void Next(FakeUpstash fake, string fault, ref int faults)
    {
        if (faults++ < 3 || !fault.StartsWith("hang", StringComparison.Ordinal))
        {
            fake.FailWith(Of(fault), next: 1);
        }
    }

    /// <summary>The id and attempt of the only operation.</summary>
    public static (string Id, int Attempts) Of(this IReadOnlyList<Operation> operations)
    {
        var operation = Assert.Single(operations);
        return (operation.Id, operation.Attempts);
    }
}
