using Memory.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Memory.Functions;

/// <summary>Puts the API's reading of paths before the worker's routing, which leaves no other place for it.</summary>
internal sealed class EscapedPaths : IStartupFilter
{
    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app => next(app.UseMemoryPaths());
}
