namespace Memory.Http.Tests.Malformed;

/// <summary>Ids, queries, cursors, conditions and keys that no route takes, and routes there are not.</summary>
internal static class BadAddresses
{
    // Control characters, too long (257 bytes; 86 × 3 bytes), not UTF-8, not percent-encoding, the replacement character.
    private static readonly string[] NotIds =
    [
        "%01", "%0A", "a%0Db", "%1F", "%7F", "%C2%80", "%C2%85", "a%09b", new('i', 257), string.Concat(Enumerable.Repeat("%E6%BC%A2", 86)), new('x', 4_000),
        "%FF", "%C3%28", "%ED%A0%80", "%C0%AF", "%F4%90%80%80", "%E6%BC", "a%C3", "%", "%4", "%G1", "100%", "%u0041", "%EF%BF%BD",
    ];

    private static readonly string[] NotCounts = ["0", "-1", "1001", "99999999999", "abc", "1.5", "", "%201", "1%20", "+5", "0x1", "%D9%A1", "1,000", "null"];
    private static readonly string[] NotTimes = ["", "today", "2030-01-01", "2030-01-01T00:00:00", "2030-13-01T00:00:00Z", "1893456000", "2030-01-01T00:00:00+01:00"]; // an unescaped plus is a space
    private static readonly string[] NotTags = ["nonsense", "\"nonsense\"", "W/\"1\"", "\"\"", "\"-1\"", "\"1.0\"", "\"99999999999999999999\"", "\"1", "1", "\"0\"", "\"1\", \"2\"", "W/*"];

    public static IEnumerable<BadRequest> All(Seed seed, IReadOnlyList<string> foreignCursors, Random random) =>
    [
        .. Ids(seed), .. Queries(seed), .. Cursors(seed, foreignCursors, random), .. Conditions(seed), .. Keys(seed), .. Absent(),
    ];

    private static IEnumerable<BadRequest> Ids(Seed seed)
    {
        (string Method, string Path, string? Body)[] routes =
        [
            ("GET", "/v1/threads/@", null), ("PATCH", "/v1/threads/@", "{}"), ("DELETE", "/v1/threads/@", null), ("POST", "/v1/threads/@/clone", "{}"),
            ("POST", "/v1/threads/@/messages", """{"resourceId":"r","messages":[{"role":"user","content":"x"}]}"""), ("GET", "/v1/threads/@/messages", null), ("GET", "/v1/threads/@/messages?last=1", null),
            ("PATCH", "/v1/threads/@/messages/m1", "{}"), ("PATCH", $"/v1/threads/{seed.Thread}/messages/@", "{}"), ("DELETE", "/v1/threads/@/messages/m1", null), ("DELETE", $"/v1/threads/{seed.Thread}/messages/@", null),
            ("POST", "/v1/threads/@/recall", "{}"), ("POST", "/v1/resources/@/recall", """{"query":"q"}"""), ("GET", "/v1/resources/@/export", null), ("DELETE", "/v1/resources/@", null), ("GET", "/v1/operations/@", null),
            .. new[] { "threads", "resources" }.SelectMany(owner => new[] { "GET", "PUT", "PATCH", "DELETE" }.Select(method => (method, $"/v1/{owner}/@/working-memory", method is "PUT" or "PATCH" ? "{}" : null))),
        ];
        return routes.SelectMany(route => NotIds.Select(id => new BadRequest(route.Method, route.Path.Replace("@", id, StringComparison.Ordinal), 400, Route.InvalidRequest)
        {
            Body = route.Body is null ? null : System.Text.Encoding.UTF8.GetBytes(route.Body),
            Type = route.Body is null ? null : Api.Json,
        }));
    }

    private static IEnumerable<BadRequest> Queries(Seed seed)
    {
        var (threads, messages, resources) = ($"/v1/threads?resourceId={seed.Resource}&", $"/v1/threads/{seed.Thread}/messages?", "/v1/resources?");
        return
        [
            .. new[] { threads, messages, resources }.SelectMany(path => (BadRequest[])
            [
                .. NotCounts.Select(count => Get($"{path}limit={count}", "limit")),
                Get($"{path}limit=1&limit=2", "limit"), Get($"{path}limit=1&LIMIT=1"), Get($"{path}Limit=1", "Limit"), Get($"{path}bogus=1", "bogus"), Get($"{path}page=2&offset=1", "page"),
                Get($"{path}cursor=a&cursor=b", "cursor"), Get($"{path}cursor=", "cursor"),
            ]),
            .. NotCounts.Select(count => Get($"{messages}last={count}", "last")),
            .. new[] { "limit=1", "cursor=x", "direction=desc", "from=2030-01-01T00:00:00Z", "to=2030-01-01T00:00:00Z", "role=user" }.Select(other => Get($"{messages}last=1&{other}", "last")),
            .. new[] { "up", "ASC", "", "asc,desc", "1" }.SelectMany(word => new[] { Get($"{messages}direction={word}", "direction"), Get($"{threads}direction={word}", "direction") }),
            .. new[] { "title", "createdat", "", "created_at", "createdAt%20desc" }.Select(word => Get($"{threads}orderBy={word}", "orderBy")),
            .. new[] { "from", "to" }.SelectMany(name => NotTimes.Select(time => Get($"{messages}{name}={time}", name))),
            .. new[] { "robot", "", "User", "user,", "user,robot", "user&role=robot", "user%20" }.Select(role => Get($"{messages}role={role}", "role")),
            .. new[] { "/v1/threads", "/v1/threads?limit=1", "/v1/threads?resourceId=", "/v1/threads?resourceId=%0A", $"/v1/threads?resourceId={new string('r', 257)}", "/v1/threads?resourceId=%EF%BF%BD" }.Select(path => Get(path, "resourceId")),
            Get("/v1/threads?resourceId=a&resourceId=b", "resourceId"), Get($"/v1/threads?ResourceId={seed.Resource}", "ResourceId"),
        ];
    }

    private static IEnumerable<BadRequest> Cursors(Seed seed, IReadOnlyList<string> foreign, Random random)
    {
        string[] listings = [$"/v1/threads?resourceId={seed.Resource}&cursor=", $"/v1/threads/{seed.Thread}/messages?cursor=", "/v1/resources?cursor="];
        var made = Enumerable.Range(0, 12).Select(_ =>
        {
            var bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            return Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        });
        string[] cursors = ["x", "1", "null", "%00", "%F0%9F%A6%A6", "..", "%2F%2F", "a%20b", new('A', 3_000), .. made, .. foreign];
        return listings.SelectMany(listing => cursors.Select(cursor => Get($"{listing}{cursor}", "cursor")));
    }

    private static IEnumerable<BadRequest> Conditions(Seed seed)
    {
        foreach (var path in new[] { $"/v1/threads/{seed.Thread}", $"/v1/threads/{seed.Thread}/working-memory", $"/v1/resources/{seed.Resource}/working-memory" })
        {
            foreach (var (name, value) in NotTags.Select(tag => ("If-Match", tag)).Append(("If-None-Match", "*")))
            {
                var write = new BadRequest("PATCH", path, 412, "precondition_failed") { Headers = [(name, value)] };
                yield return write with { Text = "{}", Type = Api.Json };
                yield return write with { Method = "DELETE" };
                if (path.EndsWith("/working-memory", StringComparison.Ordinal))
                {
                    yield return write with { Method = "PUT", Text = "x", Type = "text/plain" };
                }
            }
        }
    }

    private static IEnumerable<BadRequest> Keys(Seed seed) =>
        from key in new[] { "", new string('k', 257), "a\tb" }
        from prefer in new[] { "", "respond-async" }
        from route in seed.Routes.Where(route => route.Path == $"/v1/threads/{seed.Thread}/messages" || route.Path == $"/v1/threads/{seed.Thread}/recall")
        select route.Invalid(route.Body, "Idempotency-Key") with { Headers = [("Idempotency-Key", key), ("Prefer", prefer)] };

    private static IEnumerable<BadRequest> Absent() =>
        from path in new[] { "/", "/v1", "/v1/", "/v2/threads", "/v1/thread", "/v1/threads/a/b", "/v1/threads/a/messages/b/c", "/v1/resources/a/b/c", "/V2", "/v1/operations", "/openapi/v2.json", "/health/x", "/v1/threads//clone", "/.env", "/v1/%2e%2e/threads/x/y" }
        from method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE" }
        select new BadRequest(method, path, 404, "route_not_found");

    private static BadRequest Get(string path, string? at = null) => new("GET", path, 400, Route.InvalidRequest) { At = at };
}
