using System.Text.Json;

namespace Memory.Mastra;

/// <summary>
/// Mastra keeps a call of a tool and its result in one part; with us they are two, a <c>tool-call</c> with <c>args</c> and, once there is an outcome, a <c>tool-result</c> with
/// <c>result</c>. What else it says (step, approval, the provider's data) goes with the call.
/// </summary>
internal static class ToolInvocation
{
    private static readonly string[] OfBoth = ["toolCallId", "toolName"], OfResult = ["state", "result", "isError", "errorText"];

    /// <summary>The call's id; null when the invocation has none, so that nothing could find its result.</summary>
    public static string? IdOf(JsonElement invocation) =>
        invocation.ValueKind == JsonValueKind.Object && invocation.TryGetProperty("toolCallId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    /// <summary>The call, and the result if there is one.</summary>
    /// <param name="invocation">The invocation, with an id.</param>
    /// <param name="part">The part it is in; null when it stands alone.</param>
    public static IEnumerable<string> Split(JsonElement invocation, JsonElement? part)
    {
        var both = OfBoth.Where(name => invocation.TryGetProperty(name, out _)).Select(name => (name, invocation.GetProperty(name).GetRawText())).ToArray();
        var call = Members(invocation).Where(member => !OfBoth.Contains(member.Name) && !OfResult.Contains(member.Name));
        var around = part is { } outer ? Members(outer).Where(member => member.Name is not ("type" or "toolInvocation")) : [];
        yield return StoredJson.Object([("type", "\"tool-call\""), .. both, .. call.Concat(around).DistinctBy(member => member.Name)]);

        var state = invocation.TryGetProperty("state", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        if (state is "result" or "output-error" or "output-denied" || invocation.TryGetProperty("result", out _))
        {
            (string, string)[] error = state is "output-error" or "output-denied" ? [("isError", "true")]
                : invocation.TryGetProperty("isError", out var isError) ? [("isError", isError.GetRawText())] : [];
            yield return StoredJson.Object([("type", "\"tool-result\""), .. both, ("result", Result(invocation)), .. error]);
        }
    }

    // JavaScript leaves a result out that is undefined; of a failure the reason is the result.
    private static string Result(JsonElement invocation) =>
        invocation.TryGetProperty("result", out var result) ? result.GetRawText()
        : invocation.TryGetProperty("errorText", out var error) ? error.GetRawText()
        : invocation.TryGetProperty("approval", out var approval) && approval.ValueKind == JsonValueKind.Object && approval.TryGetProperty("reason", out var reason) ? reason.GetRawText()
        : "null";

    private static IEnumerable<(string Name, string Json)> Members(JsonElement value) => value.EnumerateObject().Select(member => (member.Name, member.Value.GetRawText()));
}
