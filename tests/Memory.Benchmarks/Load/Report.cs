using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>What a run found, as a Markdown table or as JSON.</summary>
/// <param name="Facts">Machine, versions and the command line, by name.</param>
/// <param name="Rows">The lines.</param>
internal sealed record Report(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<RowResult> Rows)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The table, the facts above it.</summary>
    public string ToMarkdown()
    {
        string[] subjects = [.. ((string[])[Subjects.InProcess, Subjects.Http, Subjects.Bare, Subjects.Scan, Subjects.Peer]).Where(name => Rows.Any(row => row.Runs.ContainsKey(name)))];
        string[] others = [.. subjects.Where(IsOther)];
        var text = new StringBuilder();
        foreach (var (name, value) in Facts)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- {name}: {value}");
        }

        text.AppendLine().AppendLine("Medians over the rounds; two times are p50 / p95; × is how many times better ours is (in process where measured, otherwise HTTP).").AppendLine();
        AppendLine(text, ["work", .. subjects, .. others.Select(name => $"× {name}")]);
        AppendLine(text, ["---", .. Enumerable.Repeat("---:", subjects.Length + others.Length)]);
        foreach (var row in Rows)
        {
            AppendLine(text,
            [
                row.Row.Name,
                .. subjects.Select(name => row.Median(name) is { } outcome ? row.Row.Unit.Write(outcome) : ""),
                .. others.Select(name => row.Advantage(name)?.ToString("0.00", CultureInfo.InvariantCulture) ?? ""),
            ]);
        }

        if (Rows.Any(row => row.Notes.Count > 0))
        {
            text.AppendLine();
            foreach (var note in Rows.SelectMany(row => row.Notes))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"- {note}");
            }
        }

        return text.ToString();
    }

    /// <summary>Everything, every round's figures included.</summary>
    public string ToJson()
    {
        var rows = Rows.Select(row => (JsonNode)new JsonObject
        {
            ["work"] = row.Row.Name,
            ["unit"] = row.Row.Unit.Name,
            ["notes"] = new JsonArray([.. row.Notes.Select(note => JsonValue.Create(note))]),
            ["runs"] = new JsonObject(row.Runs.Select(runs => KeyValuePair.Create(runs.Key, (JsonNode?)new JsonArray([.. runs.Value.Select(Node)])))),
            ["timesBetter"] = new JsonObject(row.Runs.Keys.Where(name => IsOther(name) && row.Advantage(name) is not null)
                .Select(name => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(row.Advantage(name))))),
        });
        return new JsonObject
        {
            ["facts"] = new JsonObject(Facts.Select(fact => KeyValuePair.Create(fact.Key, (JsonNode?)JsonValue.Create(fact.Value)))),
            ["rows"] = new JsonArray([.. rows]),
        }.ToJsonString(Indented);
    }

    private static bool IsOther(string subject) => subject is Subjects.Bare or Subjects.Scan or Subjects.Peer;

    private static JsonNode Node(Outcome outcome) => outcome.Tail is { } tail
        ? new JsonObject { ["p50"] = outcome.Main, ["p95"] = tail }
        : JsonValue.Create(outcome.Main);

    private static void AppendLine(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");
}
