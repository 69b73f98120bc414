using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Memory.Http;

/// <summary>The API for a host whose own routing has chosen the route already: the same guards and the same handlers.</summary>
public sealed class MemoryApi
{
    private static readonly Dictionary<(string Method, string Pattern), MemoryRoute> Routes =
        MemoryRoutes.All.ToDictionary(route => (route.Method, route.Pattern));

    private readonly MemoryGuards guards;

    internal MemoryApi(MemoryGuards guards) => this.guards = guards;

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request; its route values are those of the route.</param>
    /// <param name="route">The route's pattern without its first slash.</param>
    /// <returns>Nothing to write: the answer has been written.</returns>
    public async Task<IResult> ServeAsync(HttpRequest request, string route)
    {
        var method = HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method;
        await guards.RunAsync(request.HttpContext, async context =>
        {
            // Another id's data must not be read, changed or deleted in this one's place.
            await (EscapedPath.IsAmbiguous(context) ? Problems.Slash().ExecuteAsync(context) : Routes[(method, $"/{route}")].ServeAsync(context));
        });
        return EmptyHttpResult.Instance;
    }
}
