namespace Memory.Http.Tests.Malformed;

/// <summary>JSON whose fields are unknown, missing, doubled, of a wrong type or out of range, at every level.</summary>
internal static class BadFields
{
    private static readonly string Long257 = new('i', 257);

    private static readonly string[] NotText = ["5", "true", "{}", "[]", "[\"x\"]"];
    private static readonly string[] NotId = [.. NotText, "\"\"", "\"a\\u0000b\"", "\"\\n\"", "\"\\u007f\"", "\"\\u0085\"", "\"\\ufffd\"", $"\"{Long257}\"", "\"\\ud800\"", "\"x\\udc00y\"", "\"\\ud83d\\ud83d\""];
    private static readonly string[] NotTitle = [.. NotText, "\"a\\u0000\"", "\"\\ud800\""];
    private static readonly string[] NotName = [.. NotText, "\"\"", "\"\\u0007\"", $"\"{Long257}\"", "\"\\udfff\""];
    private static readonly string[] NotObject = ["5", "true", "\"x\"", "[]"];
    private static readonly string[] NotRole = [.. NotText, "null", "\"\"", "\"robot\"", "\"User\"", "\"user \"", "\"\\ud800\""];
    private static readonly string[] NotContent = ["5", "true", "null", "{}", "[5]", "[\"x\"]", "[null]", "[{}]", "[{\"type\":5}]", "[{\"type\":null}]", "[{\"text\":\"x\"}]", "{\"type\":\"text\"}"];
    private static readonly string[] NotTime = [.. NotText, "\"\"", "\"today\"", "\"2030-01-01\"", "\"2030-01-01T00:00:00\"", "\"2030-02-30T00:00:00Z\"", "\"2030-01-01T25:00:00Z\"", "\"1893456000\"", "\"\\ud800\""];
    private static readonly string[] NotWhole = ["\"1\"", "1.5", "true", "{}", "[]", "99999999999999999999", "1e30"];
    private static readonly string[] NotCount = [.. NotWhole, "-1"];

    public static IEnumerable<BadRequest> All(IReadOnlyList<Route> routes)
    {
        var (create, clone, append, recall, across, thread, message) = (routes[0], routes[1], routes[2], routes[3], routes[4], routes[5], routes[6]);
        return
        [
            .. Each(create, """{"resourceId":"r","id":@}""", "$.id", NotId),
            .. Each(create, """{"resourceId":@}""", "$.resourceId", [.. NotId, "null"]),
            .. Each(create, """{"resourceId":"r","title":@}""", "$.title", NotTitle),
            .. Each(create, """{"resourceId":"r","metadata":@}""", "$.metadata", NotObject),
            create.Invalid("""{"id":"x"}""", "$.resourceId"),
            .. Each(clone, """{"id":@}""", "$.id", NotId),
            .. Each(clone, """{"resourceId":@}""", "$.resourceId", NotId),
            .. Each(clone, """{"upTo":@}""", "$.upTo", [.. NotCount, "0"]),
            .. Append(append, "@", "$"),
            .. Append(recall, """{"append":@}""", "$.append"),
            .. Recall(recall),
            .. Recall(across),
            .. Each(recall, """{"append":@}""", "$.append", ["5", "\"x\"", "[]", "true"]),
            .. Each(recall, """{"lastMessages":@}""", "$.lastMessages", [.. NotCount, "1001"]),
            across.Invalid("""{"semanticRecall":{}}""", "$.query"),
            across.Invalid("""{"query":"q","lastMessages":1}""", "$.lastMessages"),
            across.Invalid("""{"query":"q","append":{"messages":[{"role":"user","content":"x"}]}}""", "$.append"),
            across.Invalid("""{"query":"q","semanticRecall":{"scope":"thread"}}""", "$.semanticRecall.scope"),
            .. Each(thread, """{"title":@}""", "$.title", NotTitle),
            .. Each(thread, """{"metadata":@}""", "$.metadata", NotObject),
            .. Each(message, """{"role":@}""", "$.role", NotRole),
            .. Each(message, """{"name":@}""", "$.name", NotName),
            .. Each(message, """{"content":@}""", "$.content", NotContent),
            .. Each(message, """{"metadata":@}""", "$.metadata", NotObject),
            .. routes.Where(route => !route.IsDocument).SelectMany(Unknown),
        ];
    }

    private static IEnumerable<BadRequest> Append(Route route, string frame, string path)
    {
        var body = frame.Replace("@", """{"resourceId":"r","messages":[{"role":"user","content":"a"},{"id":"n","role":"user","content":"b",#}]}""", StringComparison.Ordinal);
        string Field(string field) => body.Replace("#", field, StringComparison.Ordinal);
        string Envelope(string members) => frame.Replace("@", $"{{{members}}}", StringComparison.Ordinal);
        return
        [
            .. Each(route, Field("\"metadata\":@"), $"{path}.messages[1].metadata", NotObject),
            .. Each(route, Field("\"name\":@"), $"{path}.messages[1].name", NotName),
            .. Each(route, Field("\"createdAt\":@"), $"{path}.messages[1].createdAt", NotTime),
            .. Each(route, Envelope("\"messages\":[{\"id\":@,\"role\":\"user\",\"content\":\"x\"}]"), $"{path}.messages[0].id", NotId),
            .. Each(route, Envelope("\"messages\":[{\"role\":@,\"content\":\"x\"}]"), $"{path}.messages[0].role", NotRole),
            .. Each(route, Envelope("\"messages\":[{\"role\":\"user\",\"content\":@}]"), $"{path}.messages[0].content", NotContent),
            .. Each(route, Envelope("\"messages\":[{\"role\":\"user\",\"content\":\"x\"},@]"), $"{path}.messages[1]", ["null", "5", "\"x\"", "[]"]),
            .. Each(route, Envelope("\"messages\":@"), $"{path}.messages", ["null", "5", "\"x\"", "{}", "[]"]),
            .. Each(route, Envelope("\"resourceId\":@,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"), $"{path}.resourceId", NotId),
            .. Each(route, Envelope("\"expectedPosition\":@,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]"), $"{path}.expectedPosition", NotCount),
            route.Invalid(Envelope("\"resourceId\":\"r\""), $"{path}.messages"),
            route.Invalid(Envelope("\"messages\":[{\"content\":\"x\"}]"), $"{path}.messages[0].role"),
            route.Invalid(Envelope("\"messages\":[{\"role\":\"user\"}]"), $"{path}.messages[0].content"),
            route.Invalid(Field("\"bogus\":1"), $"{path}.messages[1].bogus"),
            route.Invalid(Field("\"position\":7"), $"{path}.messages[1].position"),
            route.Invalid(Field("\"Role\":\"user\""), $"{path}.messages[1].Role"),
            route.Invalid(Field("\"role\":\"user\""), $"{path}.messages[1].role"),
            route.Invalid(Field("\"rol\\u0065\":\"user\"")),
            route.Invalid(Envelope("\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"bogus\":1"), $"{path}.bogus"),
            route.Invalid(Envelope("\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"messages\":[]"), $"{path}.messages"),
        ];
    }

    private static IEnumerable<BadRequest> Recall(Route route)
    {
        static string Semantic(string member) => $"{{\"query\":\"q\",\"semanticRecall\":{{{member}}}}}";
        static string Filter(string member) => Semantic($"\"filter\":{{{member}}}");
        return
        [
            .. Each(route, """{"query":@}""", "$.query", [.. NotText, "\"\"", "\" \\t\"", "\"\\ud800\"", $"\"{new string('q', 100_001)}\""]),
            .. Each(route, """{"query":"q","maxTokens":@}""", "$.maxTokens", [.. NotCount, "0"]),
            .. Each(route, """{"query":"q","explain":@}""", "$.explain", ["\"yes\"", "1", "null", "{}"]),
            .. Each(route, """{"query":"q","semanticRecall":@}""", "$.semanticRecall", NotObject),
            .. Each(route, Semantic("\"topK\":@"), "$.semanticRecall.topK", [.. NotCount, "101"]),
            .. Each(route, Semantic("\"minScore\":@"), "$.semanticRecall.minScore", ["\"0\"", "-0.01", "1.01", "1e999", "true", "[]"]),
            .. Each(route, Semantic("\"scope\":@"), "$.semanticRecall.scope", [.. NotText, "\"\"", "\"galaxy\"", "\"Resource\"", "\"\\ud800\""]),
            .. Each(route, Semantic("\"messageRange\":@"), "$.semanticRecall.messageRange", ["-1", "51", "1.5", "99999999999", "\"2\"", "true", "[]", "[1,2]"]),
            .. Each(route, Semantic("\"messageRange\":{\"before\":@}"), "$.semanticRecall.messageRange.before", ["-1", "51", "1.5", "\"2\"", "null", "{}"]),
            .. Each(route, Semantic("\"messageRange\":{\"before\":1,\"after\":@}"), "$.semanticRecall.messageRange.after", ["-1", "51", "1.5", "\"2\"", "null", "{}"]),
            .. Each(route, Semantic("\"filter\":@"), "$.semanticRecall.filter", NotObject),
            .. Each(route, Filter("\"role\":@"), "$.semanticRecall.filter.role", ["5", "true", "{}", "\"robot\"", "\"\"", "\"user,tool\"", "[5]", "[null]", "[\"user\",\"robot\"]", "\"\\ud800\"", "[\"\\udc00\"]"]),
            .. Each(route, Filter("\"from\":@"), "$.semanticRecall.filter.from", NotTime),
            .. Each(route, Filter("\"to\":@"), "$.semanticRecall.filter.to", NotTime),
            .. Each(route, Filter("\"metadata\":@"), "$.semanticRecall.filter.metadata", NotObject),
            .. Each(route, Filter("\"metadata\":{\"k\":@}"), "$.semanticRecall.filter.metadata.k", ["{}"]),
            .. Each(route, Filter("\"metadata\":{\"k\":{\"in\":@}}"), "$.semanticRecall.filter.metadata.k.in", ["5", "\"x\"", "null", "{}"]),
            .. Each(route, Filter("\"metadata\":{\"k\":{\"gte\":@}}"), "$.semanticRecall.filter.metadata.k.gte", ["true", "null", "[]", "{}"]),
            .. Each(route, Filter("\"metadata\":{\"k\":{\"near\":@}}"), "$.semanticRecall.filter.metadata.k.near", ["1", "\"x\""]),
            route.Invalid(Filter("\"bogus\":1"), "$.semanticRecall.filter.bogus"),
            route.Invalid(Semantic("\"bogus\":1"), "$.semanticRecall.bogus"),
            route.Invalid(Semantic("\"messageRange\":{\"around\":1}"), "$.semanticRecall.messageRange.around"),
            route.Invalid(Semantic("\"topK\":1,\"topK\":2"), "$.semanticRecall.topK"),
            route.Invalid(Filter("\"role\":\"user\",\"role\":\"tool\""), "$.semanticRecall.filter.role"),
        ];
    }

    private static IEnumerable<BadRequest> Unknown(Route route) =>
    [
        .. new[] { "bogus", "ResourceId", "resource_id", "TITLE", "metaData", "threadId", "createdAt", "constructor" }.Select(name => route.Invalid(route.With($"\"{name}\":1"), $"$.{name}")),
        .. new[] { "", " ", "__proto__", "$", "a.b", "🦦", "\\u0000", "\\ud800", "\\udc00x" }.Select(name => route.Invalid(route.With($"\"{name}\":1"))),
        route.Invalid(route.With("\"bogus\":null"), "$.bogus"),
    ];

    // Half a pair is found where a string is decoded, before anybody knows which field it is.
    private static IEnumerable<BadRequest> Each(Route route, string frame, string path, string[] values) =>
        values.Select(value => route.Invalid(frame.Replace("@", value, StringComparison.Ordinal), IsHalfPair(value) ? null : path));

    private static bool IsHalfPair(string value) => value.Contains("\\ud", StringComparison.Ordinal);
}
