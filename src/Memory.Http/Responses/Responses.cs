using System.Text.Json.Serialization;
using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>A thread.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ResourceId">Whose it is.</param>
/// <param name="Title">Its title, if any.</param>
/// <param name="Metadata">The caller's JSON object, if any.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="UpdatedAt">When it, or its messages, last changed.</param>
/// <param name="LastPosition">The position of the last message appended; 0 when there was none.</param>
/// <param name="MessageCount">How many messages it holds.</param>
/// <param name="TtlSeconds">After how many seconds without a change it is removed, if it has a time to live of its own.</param>
public sealed record ThreadResponse(
    string Id, string ResourceId, string? Title, RawJson? Metadata, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long LastPosition, long MessageCount, long? TtlSeconds)
{
    internal static ThreadResponse From(ThreadRecord thread) => new(
        thread.Id, thread.ResourceId, thread.Title, thread.Metadata, thread.CreatedAt, thread.UpdatedAt, thread.LastPosition, thread.MessageCount, (long?)thread.TimeToLive?.TotalSeconds);
}

/// <summary>A page of threads.</summary>
/// <param name="Items">The page.</param>
/// <param name="NextCursor">Gives the next page; null at the end.</param>
public sealed record ThreadPageResponse(IReadOnlyList<ThreadResponse> Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

/// <summary>A message.</summary>
/// <param name="Id">Its id, unique within the thread.</param>
/// <param name="ThreadId">Its thread.</param>
/// <param name="Position">Its position, 1, 2, 3 …</param>
/// <param name="Role">Who speaks.</param>
/// <param name="Name">The speaker's name, if any.</param>
/// <param name="Content">What was said, verbatim.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="Metadata">The caller's JSON object, if any.</param>
/// <param name="Source">In a recall: <c>recent</c>, <c>recall</c> or <c>context</c>.</param>
/// <param name="Score">In a recall: the score of a hit, 0 to 1.</param>
public sealed record MessageResponse(
    string Id, string ThreadId, long Position, string Role, string? Name, RawJson Content, DateTimeOffset CreatedAt, RawJson? Metadata,
    string? Source = null, double? Score = null)
{
    internal static MessageResponse From(Message message) => new(
        message.Id, message.ThreadId, message.Position, message.Role.Name(), message.Name, message.Content.Json, message.CreatedAt, message.Metadata);
}

/// <summary>A page of messages.</summary>
/// <param name="Items">The page.</param>
/// <param name="NextCursor">Gives the next page; null at the end.</param>
public sealed record MessagePageResponse(IReadOnlyList<MessageResponse> Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

/// <summary>A resource.</summary>
/// <param name="Id">Its id.</param>
/// <param name="CreatedAt">When it was first seen.</param>
public sealed record ResourceResponse(string Id, DateTimeOffset CreatedAt);

/// <summary>A page of resources.</summary>
/// <param name="Items">The page, by id.</param>
/// <param name="NextCursor">Gives the next page; null at the end.</param>
public sealed record ResourcePageResponse(IReadOnlyList<ResourceResponse> Items,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextCursor);

/// <summary>An operation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind"><c>append</c> or <c>reembed</c>.</param>
/// <param name="ThreadId">The thread it works on; absent for one that works on everything.</param>
/// <param name="Status"><c>queued</c>, <c>running</c>, <c>succeeded</c> or <c>failed</c>.</param>
/// <param name="Attempts">How often a worker has taken it.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="UpdatedAt">When it last changed.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="Result">What a synchronous request would have answered; how far a re-embedding is.</param>
public sealed record OperationResponse(
    string Id, string Kind, string? ThreadId, string Status, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, OperationError? Error, RawJson? Result)
{
    internal static OperationResponse From(Operation operation) => new(
        operation.Id, operation.Kind, operation.ThreadId, StatusName(operation.Status), operation.Attempts,
        operation.CreatedAt, operation.UpdatedAt, operation.Error, operation.Result);

    /// <summary>The answer to a request accepted for later.</summary>
    internal static IResult Accepted(HttpContext context, Operation operation)
    {
        context.Response.Headers.Location = $"/v1/operations/{Uri.EscapeDataString(operation.Id)}";
        return TypedResults.Json(From(operation), HttpJson.Api.OperationResponse, statusCode: 202);
    }

    private static string StatusName(OperationStatus status) => status switch
    {
        OperationStatus.Queued => "queued",
        OperationStatus.Running => "running",
        OperationStatus.Succeeded => "succeeded",
        _ => "failed",
    };
}

/// <summary>Whether the service works.</summary>
/// <param name="Status"><c>ok</c>.</param>
public sealed record HealthResponse(string Status);
