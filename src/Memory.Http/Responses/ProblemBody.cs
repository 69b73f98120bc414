namespace Memory.Http;

/// <summary>A refusal or fault as RFC 9457 problem details.</summary>
/// <param name="Type">A URI reference for the kind of problem: the code.</param>
/// <param name="Title">The code in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What is wrong this time, and what to do.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Errors">For <c>invalid_request</c>: what is wrong by JSON path or parameter name.</param>
/// <param name="MessageIds">For <c>message_conflict</c>: the ids in conflict.</param>
/// <param name="LastPosition">For <c>position_mismatch</c>: the thread's last position.</param>
public sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Code,
    IReadOnlyDictionary<string, string>? Errors = null, IReadOnlyList<string>? MessageIds = null, long? LastPosition = null);
